"""What the Morph tab does in the browser itself, without asking the server."""

from __future__ import annotations

from pipelines.limits import MAX_SEED, MAX_SHIFT

from .morph_keys import SLIDERS

ROLL = f"() => Math.floor(Math.random()*{MAX_SEED})"
FETCH = "() => document.querySelector('#film-file').click()"
SCRUB = """(frame, fps) => {
  const video = document.querySelector('#film video');
  if (video) { video.pause(); video.currentTime = (frame + 0.5) / fps; }
}"""
LINK = """(keys, model, frames, method, easing, loop, fps) => {
  const q = new URLSearchParams({tab: 'morph', model, frames, method, easing, loop, fps});
  q.set('keys', JSON.stringify(keys));
  const url = location.origin + location.pathname + '?' + q;
  history.replaceState(null, '', url);
  navigator.clipboard?.writeText(url);
}"""
CHOOSE = """() => {
  const items = [...document.querySelectorAll('#keys .thumbnail-item')];
  return Math.max(0, items.findIndex((item) => item.classList.contains('selected')));
}"""
# The sliders and the chosen key are kept equal in the browser: at once, however busy the device.
SETTLE = f"""(keys, chosen, method) => {{
  const key = keys?.[chosen] ?? null, amounts = Array({SLIDERS}).fill(0);
  for (const [name, i, amount] of key?.shifts ?? [])
    if (name === method && i < {SLIDERS}) amounts[i] = amount;
  return [key, ...amounts];
}}"""
SLIDE = f"""(keys, chosen, method, ...amounts) => {{
  if (!keys?.[chosen]) return [keys, null];
  const {{shifts = [], ...key}} = keys[chosen];
  const within = (a) => Math.max(-{MAX_SHIFT}, Math.min({MAX_SHIFT}, a || 0));
  const all = shifts.filter(([name, i]) => name !== method || i >= {SLIDERS});
  amounts.forEach((a, i) => within(a) && all.push([method, i, within(a)]));
  if (all.length) key.shifts = all;
  return [keys.map((other, i) => i === chosen ? key : other), key];
}}"""
RESET = f"""(keys, chosen) => {{
  const {{shifts, ...key}} = keys?.[chosen] ?? {{}}, rest = Array({SLIDERS}).fill(0);
  if (!keys?.[chosen]) return [keys, null, ...rest];
  return [keys.map((other, i) => i === chosen ? key : other), key, ...rest];
}}"""
