// A mask painted over a photo. The server sends photo and mask; after every stroke the mask goes
// into the value, as a PNG that is opaque where something was painted.
const part = (name) => element.querySelector(`.${name}`);
const stage = part("stage"), inner = part("inner"), photo = part("photo"), canvas = part("strokes");
const ring = part("ring"), size = part("size"), applied = part("applied");
const pen = canvas.getContext("2d", { willReadFrequently: true });
const SHARES = { least: 0.004, most: 0.3 }; // of the longer side, how wide the brush may be
let done = [], undone = [], erasing = false, stroke = null, seen = null;

const width = () => {
  const { least, most } = SHARES;
  return Math.max(1, Math.max(canvas.width, canvas.height) * least * (most / least) ** (size.value / 100));
};
const trace = ({ erase, wide, points }, from = 0) => {
  pen.globalCompositeOperation = erase ? "destination-out" : "source-over";
  Object.assign(pen, { lineCap: "round", lineJoin: "round", lineWidth: wide, strokeStyle: "#d4553a" });
  pen.beginPath();
  pen.moveTo(...points[Math.max(0, from - 1)]);
  for (const point of points.slice(from)) pen.lineTo(...point);
  pen.stroke();
};
const place = ({ image }) => {
  pen.globalCompositeOperation = "source-over";
  pen.clearRect(0, 0, canvas.width, canvas.height);
  if (image) pen.drawImage(image, 0, 0, canvas.width, canvas.height);
};
const redraw = () => {
  place({});
  for (const step of done) step.points ? trace(step) : place(step);
};
const buttons = () => {
  part("undo").disabled = !done.some((step) => !step.first);
  part("redo").disabled = !undone.length;
  part("clear").disabled = !done.length || (done.length === 1 && done[0].first && !done[0].image);
  part("brush").setAttribute("aria-pressed", !erasing);
  part("eraser").setAttribute("aria-pressed", erasing);
};
const tell = () => {
  buttons();
  props.value = { ...props.value, mask: canvas.toDataURL("image/png") };
  // The server hears of it only where it has something to show in return.
  if (applied.hidden) return;
  stage.classList.add("waiting");
  trigger("input");
};
const act = (step) => {
  done.push(step);
  undone = [];
  redraw();
  tell();
};

// What the server sends: another photo, which empties the canvas, or another mask for this one.
const load = async () => {
  const { photo: file, width: w, height: h, mask, words, stamp } = props.value ?? {};
  if (!file || stamp === seen) return;
  seen = stamp;
  for (const [name, word] of Object.entries(words)) {
    const target = part(name);
    target.title = word;
    const text = target.querySelector("span");
    if (text) text.textContent = word;
    else target.setAttribute("aria-label", word);
  }
  let image = null;
  if (mask) {
    image = new Image();
    image.src = mask;
    await image.decode();
  }
  if (photo.dataset.path !== file.path) {
    photo.dataset.path = file.path;
    photo.src = file.url;
    [canvas.width, canvas.height] = [w, h];
    [done, undone] = [[], []];
  }
  done.push({ image, first: !done.length });
  undone = [];
  redraw();
  buttons();
  spread();
};
// How the mask will be applied, and the margins that the picture gets.
const spread = () => {
  const { picture = "", margins = [0, 0, 0, 0] } = props.applied ?? {};
  const [left, top, right, bottom] = margins;
  const all = [canvas.width + left + right, canvas.height + top + bottom];
  stage.style.setProperty("--wide", all[0]);
  stage.style.setProperty("--high", all[1]);
  Object.assign(inner.style, {
    left: `${(100 * left) / all[0]}%`,
    top: `${(100 * top) / all[1]}%`,
    width: `${(100 * canvas.width) / all[0]}%`,
    height: `${(100 * canvas.height) / all[1]}%`,
  });
  applied.hidden = !picture;
  if (picture) applied.src = picture;
  stage.classList.toggle("altered", Boolean(picture));
  stage.classList.remove("waiting");
};

const at = (event) => {
  const box = canvas.getBoundingClientRect();
  const scale = canvas.width / box.width;
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
};
const circle = (event) => {
  const box = inner.getBoundingClientRect();
  const wide = (width() * box.width) / canvas.width;
  const [x, y] = event ? [event.clientX - box.left, event.clientY - box.top] : [box.width / 2, box.height / 2];
  Object.assign(ring.style, { width: `${wide}px`, height: `${wide}px`, left: `${x}px`, top: `${y}px` });
  ring.classList.toggle("erasing", erasing);
  ring.hidden = false;
};
canvas.addEventListener("pointerdown", (event) => {
  if (event.button || !event.isPrimary) return;
  event.preventDefault();
  canvas.setPointerCapture(event.pointerId);
  const point = at(event);
  stroke = { erase: erasing, wide: width(), points: [point, point] };
  stage.classList.add("waiting");
  trace(stroke, 1);
  circle(event);
});
canvas.addEventListener("pointermove", (event) => {
  if (event.pointerType !== "touch" || stroke) circle(event);
  if (!stroke || !event.isPrimary) return;
  const from = stroke.points.length;
  const events = event.getCoalescedEvents?.() ?? [];
  for (const one of events.length ? events : [event]) stroke.points.push(at(one));
  trace(stroke, from);
});
canvas.addEventListener("pointerup", (event) => {
  if (event.pointerType === "touch") ring.hidden = true;
  if (!stroke) return;
  const drawn = stroke;
  stroke = null;
  done.push(drawn);
  undone = [];
  tell();
});
canvas.addEventListener("pointercancel", () => {
  // Two fingers zoom the page: what the first had begun was no stroke.
  stroke = null;
  ring.hidden = true;
  stage.classList.remove("waiting");
  redraw();
});
canvas.addEventListener("pointerleave", () => (ring.hidden = !stroke));
// A stroke is no swipe, which would swallow the next tap.
const one = (event) => event.touches.length < 2 && event.cancelable && event.preventDefault();
canvas.addEventListener("touchmove", one, { passive: false });
canvas.addEventListener("contextmenu", (event) => event.preventDefault());

let fading;
const resized = () => {
  circle();
  clearTimeout(fading);
  fading = setTimeout(() => (ring.hidden = true), 900);
};
size.addEventListener("input", (event) => {
  event.stopPropagation();
  resized();
});
const tools = {
  brush: () => (erasing = false),
  eraser: () => (erasing = true),
  undo: () => {
    if (done.length && !done.at(-1).first) undone.push(done.pop());
    redraw();
    tell();
  },
  redo: () => {
    if (undone.length) done.push(undone.pop());
    redraw();
    tell();
  },
  clear: () => act({ image: null }),
};
element.addEventListener("click", ({ target }) => {
  const name = target.closest("button[data-tool]")?.dataset.tool;
  if (!name) return;
  tools[name]();
  buttons();
});
const keys = { b: "brush", e: "eraser" };
document.addEventListener("keydown", (event) => {
  if (!element.offsetParent || !canvas.offsetParent) return;
  if (event.target.closest?.("input:not([type=range]), textarea, [contenteditable]")) return;
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "z") tools[event.shiftKey ? "redo" : "undo"]();
  else if (control || event.altKey) return;
  else if (keys[event.key]) tools[keys[event.key]](), buttons();
  else if (event.key === "[" || event.key === "]") {
    size.value = +size.value + (event.key === "]" ? 4 : -4);
    resized();
  } else return;
  event.preventDefault();
});

watch("value", load);
watch("applied", spread);
load();
