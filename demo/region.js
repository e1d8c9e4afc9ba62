// A rectangle on a picture. The server sends the picture's preview and its size; the corners, in
// pixels of the picture itself, go into the value whenever a drag ends.
const part = (name) => element.querySelector(`.${name}`);
const stage = part("stage"), photo = part("photo"), frame = part("box"), measure = part("measure");
const SLIP = 4; // pixels of the screen: less was a click
let box = [0, 0, 1, 1], told = "", drag = null, seen = null, words = {};

const size = () => [props.value?.width ?? 1, props.value?.height ?? 1];
const least = () => props.value?.least ?? 1;
const all = () => [0, 0, ...size()];
const isAll = (one) => one.join() === all().join();
const within = (value, low, high) => Math.min(Math.max(value, low), high);

const draw = () => {
  const [w, h] = size(), [left, top, right, bottom] = box;
  Object.assign(frame.style, {
    left: `${(100 * left) / w}%`,
    top: `${(100 * top) / h}%`,
    width: `${(100 * (right - left)) / w}%`,
    height: `${(100 * (bottom - top)) / h}%`,
  });
  stage.classList.toggle("entire", isAll(box));
  part("whole").disabled = isAll(box);
  measure.textContent = `${right - left} × ${bottom - top} ${words.of ?? ""} ${w} × ${h}`;
};
const tell = () => {
  draw();
  if (box.join() === told) return;
  told = box.join();
  props.value = { ...props.value, box: [...box] };
  trigger("input");
};

// What the server sends: another picture, or another choice in it.
const load = () => {
  const value = props.value ?? {};
  if (!value.photo || value.stamp === seen) return;
  ({ stamp: seen, words } = value);
  stage.title = words.stage;
  stage.setAttribute("aria-label", words.stage);
  part("whole").textContent = words.whole;
  stage.style.setProperty("--wide", value.width);
  stage.style.setProperty("--high", value.height);
  photo.src = value.photo.url;
  box = [...value.box];
  told = box.join();
  draw();
};

const at = (event) => {
  const seat = stage.getBoundingClientRect(), [w, h] = size();
  return [
    within(((event.clientX - seat.left) / seat.width) * w, 0, w),
    within(((event.clientY - seat.top) / seat.height) * h, 0, h),
  ];
};
// From one corner to another, whole pixels, and never smaller than a texture can be made of.
const between = ([ax, ay], [bx, by]) => {
  const [w, h] = size();
  const side = (a, b, most) => {
    let low = Math.round(Math.min(a, b)), high = Math.round(Math.max(a, b));
    if (high - low < least()) {
      low = within(b < a ? high - least() : low, 0, most - least());
      high = low + least();
    }
    return [low, high];
  };
  const [[left, right], [top, bottom]] = [side(ax, bx, w), side(ay, by, h)];
  return [left, top, right, bottom];
};
const moved = (from, x, y) => {
  const [w, h] = size(), [left, top, right, bottom] = from;
  const dx = Math.round(within(x, -left, w - right)), dy = Math.round(within(y, -top, h - bottom));
  return [left + dx, top + dy, right + dx, bottom + dy];
};
// The corner across from a handle stays where it is.
const across = { nw: [2, 3], ne: [0, 3], sw: [2, 1], se: [0, 1] };

stage.addEventListener("pointerdown", (event) => {
  if (event.button || !event.isPrimary || !props.value?.photo) return;
  event.preventDefault();
  stage.focus({ preventScroll: true });
  stage.setPointerCapture(event.pointerId);
  const point = at(event), corner = event.target.dataset.corner;
  const inside = event.target === frame && !isAll(box);
  drag = { point, from: [...box], screen: [event.clientX, event.clientY], inside };
  if (corner) drag.anchor = across[corner].map((i) => box[i]);
  stage.classList.add("dragging");
});
stage.addEventListener("pointermove", (event) => {
  if (!drag || !event.isPrimary) return;
  const slipped = Math.hypot(event.clientX - drag.screen[0], event.clientY - drag.screen[1]);
  if (!drag.meant && slipped < SLIP) return;
  drag.meant = true;
  const point = at(event), { anchor, from, inside, point: start } = drag;
  box = inside ? moved(from, point[0] - start[0], point[1] - start[1]) : between(anchor ?? start, point);
  draw();
});
const finish = (keep) => {
  if (!drag) return;
  if (!keep) box = drag.from;
  drag = null;
  stage.classList.remove("dragging");
  tell();
};
stage.addEventListener("pointerup", () => finish(true));
// Two fingers zoom the page: what the first had begun was no choice.
stage.addEventListener("pointercancel", () => finish(false));
const one = (event) => event.touches.length < 2 && event.cancelable && event.preventDefault();
stage.addEventListener("touchmove", one, { passive: false });
part("whole").addEventListener("click", () => {
  box = all();
  tell();
});

const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
let settled;
stage.addEventListener("keydown", (event) => {
  const arrow = arrows[event.key];
  if (event.key === "Escape") box = all();
  else if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return;
  else {
    const [w, h] = size(), step = Math.max(1, Math.round(Math.max(w, h) / 100));
    const [x, y] = arrow.map((way) => way * step), [left, top, right, bottom] = box;
    // With Shift the lower right corner moves, else all of it.
    if (event.shiftKey) {
      const end = [within(right + x, left + least(), w), within(bottom + y, top + least(), h)];
      box = [left, top, ...end];
    } else box = moved(box, x, y);
  }
  event.preventDefault();
  draw();
  clearTimeout(settled);
  settled = setTimeout(tell, 400);
});

watch("value", load);
load();
