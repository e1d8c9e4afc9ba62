#!/usr/bin/env bash
# Several trainings side by side on a GPU that is yours for some minutes. From the project's folder:
#
#   training/rented.sh bring FOLDER            takes over data, backbones, weights and wheels
#   training/rented.sh start NAME MINUTES ...  scenes, completion, diffusion, segmenters, textures
#   training/rented.sh pack SECONDS FOLDER     waits for them at most so long, packs their averages
#
# Everything lives in $RENTED (/tmp/rented), so a folder too large for one transfer can come in
# parts, with the trainings that have all they need started in between. FOLDER may hold *.zip,
# *.safetensors of the backbones, weights/ID.json and .safetensors, wheels/*.whl, and in begin/ID a
# run that a model begins with, its critics included, instead of what ships. Whatever is missing is
# named, and nothing starts. One training leaves most of a GPU idle, which waits to be asked for
# kernels; several share it, best through NVIDIA's MPS, which is used where it is there (MPS=off:
# never).
# $EXTRA ends every training's command, as in EXTRA="--batch 4" to try it all out on a CPU.
set -euo pipefail
AT=${RENTED:-/tmp/rented}
PYTHON=${PYTHON:-python3}
LANES="scenes, completion, diffusion, segmenters, textures"
RUNS=$AT/runs
BACK=$AT/mobilenet_v2-imagenet.safetensors
VGG=$AT/vgg19_16x-collaborative-distillation.safetensors
HOLES=("$AT/scenes.zip" "$AT/flowers.zip" "$AT/photos.zip")
read -ra MORE <<<"${EXTRA:-}" # an array of another name: arrays do not reach the trainings below
FOREVER=(--images 100000000 --save-every 90 --threads 2) # --minutes ends them
export PYTHONPATH=$AT/wheels:$PWD PYTHONUNBUFFERED=1
export CUDA_MPS_PIPE_DIRECTORY=$AT/mps CUDA_MPS_LOG_DIRECTORY=$AT/mps

need() {
  for file in "$@"; do
    [ -e "$file" ] || { echo "rented: $file is missing: bring it first" >&2; exit 3; }
  done
}

beginning() { # of a model: a run that was brought, or what ships
  if [ -d "$AT/begin/$1" ]; then echo "$AT/begin/$1"; else echo "$AT/weights/$1.json"; fi
}

shipped() { # of each, as far as it begins with that
  for id in "$@"; do [ -d "$AT/begin/$id" ] || need "$AT/weights/$id".{json,safetensors}; done
}

bring() {
  mkdir -p "$AT/weights" "$AT/mps" "$RUNS"
  find "$1" -maxdepth 1 -type f -exec cp -t "$AT" {} +
  [ ! -d "$1/weights" ] || cp "$1"/weights/* "$AT/weights"
  [ ! -d "$1/begin" ] || cp -r "$1/begin" "$AT"
  [ ! -d "$1/wheels" ] || "$PYTHON" -m pip install -q --no-index --no-deps --no-compile --upgrade \
    --target "$AT/wheels" "$1"/wheels/*.whl
  [ "${MPS:-on}" = on ] || return 0
  if command -v nvidia-cuda-mps-control >/dev/null && [ ! -e "$AT/mps/on" ]; then
    nvidia-cuda-mps-control -d || return 0
    local sum='import torch; print(float(torch.ones(9, device="cuda").sum()))'
    if timeout 60 "$PYTHON" -c "$sum"; then touch "$AT/mps/on"; else stop_mps; fi
  fi
}

stop_mps() { echo quit | timeout 5 nvidia-cuda-mps-control || true; }

scenes() {
  "$PYTHON" -m training.gan "${FOREVER[@]}" --minutes "$1" --run "$RUNS/scenes" \
    --data "$AT/scenes.zip" --start "$(beginning scenes)" --backbone "$BACK" --vgg "$VGG" \
    --size 128 --latent-dim 128 --generator glu --least 24 --grain --mirror 16 --critic-width 0 \
    --crops --encoder 1 --spectra 0.3 --moments 4 --moments-half-life 8000 --moments-every 2048 \
    --augment translation --ema 40000 --lr 3.5e-4 --critic-lr 7e-4 --beta1 0 --beta2 0.99 \
    --anneal 0.4 --critics-first 16000 --batch 192 --holdout 0.15 --grid-every 100000 "${MORE[@]}"
}

completion() {
  "$PYTHON" -m training.complete "${FOREVER[@]}" --minutes "$1" --run "$RUNS/completion" \
    --data "${HOLES[@]}" --start "$(beginning completion)" --backbone "$BACK" --vgg "$VGG" \
    --mix 0.15 --attention 32 --blocks 9 --finer 10 --finest 6 --batch 32 --workers 6 \
    --lr 1e-3 --critic-lr 5e-4 --perceptual 1 --directions 40 --features 0 --taps 4 \
    --adversarial 0.05 --l1 0.5 --spectra 0.1 --critic-after 4000 --warmup 4000 --anneal 0.6 \
    --ema 12000 --grid-every 100000 "${MORE[@]}"
}

# With the shipped guess for four fifths of the time, then with that of the new completion.
diffusion() {
  local first later=("$PYTHON" -m training.diffuse "${FOREVER[@]}" --data "${HOLES[@]}" --vgg "$VGG"
    --mix 0.15 --batch 32 --workers 4 --perceptual 0.5 --directions 10 --ema 12000
    --grid-every 100000)
  first=$(awk "BEGIN { print 0.8 * $1 }")
  "${later[@]}" --minutes "$first" --run "$RUNS/diffusion-first" --lr 6e-4 --anneal 0 \
    --start "$(beginning diffusion)" --guess "$AT/weights/completion.json" "${MORE[@]}"
  while pgrep -f -- "--run $RUNS/completion" >/dev/null; do sleep 1; done
  "${later[@]}" --minutes "$(awk "BEGIN { print 0.2 * $1 }")" --run "$RUNS/diffusion" --lr 5e-4 \
    --anneal 0.8 --start "$RUNS/diffusion-first" --guess "$RUNS/completion" --warmup 2000 \
    "${MORE[@]}"
}

# Not aerial: what it lacks is pictures, and it learns the 45 it has by heart.
segmenters() {
  local common=("$PYTHON" -m training.segment "${FOREVER[@]}" --backbone "$BACK" --workers 5
    --losses ce lovasz --measure-every 100000000)
  "${common[@]}" --minutes "$(awk "BEGIN { print 0.8 * $1 }")" --run "$RUNS/road" \
    --data "$AT/camvid.zip" --start "$(beginning road)" --size 352 --scale 1.8 --light 0.5 \
    --blur 0.3 --noise 0.06 --tint 0.2 --batch 24 --ema 6000 --lr 1.2e-3 --encoder-lr 4e-4 \
    "${MORE[@]}"
  "${common[@]}" --minutes "$(awk "BEGIN { print 0.2 * $1 }")" --run "$RUNS/nuclei" \
    --data "$AT/nuclei.zip" --start "$(beginning nuclei)" --size 256 --zoom 3 --scale 2.5 \
    --turns --rare 0 --light 0.5 --blur 0.4 --noise 0.08 --tint 0.4 --stain 0.25 --balance none \
    --decoder 16 64 48 32 16 --weight-decay 0.05 --batch 16 --ema 4000 --lr 5e-4 \
    --encoder-lr 1.5e-4 "${MORE[@]}"
}

textures() {
  "$PYTHON" -m training.texture "${FOREVER[@]}" --minutes "$1" --run "$RUNS/textures" \
    --data "$AT/textures.zip" --start "$(beginning textures)" --backbone "$BACK" --vgg "$VGG" \
    --critic-after 6000 --warmup 4000 --anneal 0.6 --ema 20000 --batch 32 --workers 1 --lr 1.2e-3 \
    --critic-lr 6e-4 --grid-every 100000 "${MORE[@]}"
}

start() {
  [ $(($# % 2)) = 0 ] || { echo "rented: a name and its minutes, and so on" >&2; exit 2; }
  [ -e "$AT/mps/on" ] || unset CUDA_MPS_PIPE_DIRECTORY CUDA_MPS_LOG_DIRECTORY
  for ((i = 1; i <= $#; i += 2)); do
    case ${!i} in
      scenes) need "$BACK" "$VGG" "$AT/scenes.zip" && shipped scenes ;;
      completion) need "$BACK" "$VGG" "${HOLES[@]}" && shipped completion ;;
      diffusion)
        need "$VGG" "${HOLES[@]}" "$AT"/weights/completion.{json,safetensors}
        shipped diffusion
        ;;
      segmenters) need "$BACK" "$AT"/{camvid,nuclei}.zip && shipped road nuclei ;;
      textures) need "$BACK" "$VGG" "$AT/textures.zip" && shipped textures ;;
      *) echo "rented: ${!i} is none of $LANES" >&2; exit 2 ;;
    esac
  done
  local code # of its own: what runs does not change with the folder it was started from
  code=$(mktemp -d "$AT/code.XXXX")
  cp -r training pipelines pyproject.toml "$code"
  cd "$code"
  while [ $# -gt 0 ]; do
    setsid nohup bash training/rented.sh "$1" "$2" >"$AT/$1.log" 2>&1 </dev/null &
    shift 2
  done
  for _ in $(seq "${PATIENCE:-60}"); do # until the first numbers are there, or nothing runs
    sleep 1
    pgrep -f -- "--run $RUNS/" >/dev/null || break
    [ "$(grep -l "a second" "$AT"/*.log | wc -l)" = "$(ls "$AT"/*.log | wc -l)" ] && break
  done
  tail -n 3 "$AT"/*.log
}

pack() {
  local end=$((SECONDS + $1)) to=$2 packed=0
  mkdir -p "$to"
  while [ $SECONDS -lt "$end" ] && pgrep -f -- "--run $RUNS/" >/dev/null; do
    sleep 2
    # Once before the end, should there be no time for it then.
    if [ $packed = 0 ] && [ $SECONDS -gt $((end - 80)) ]; then packed=1; slim_all "$to"; fi
  done
  slim_all "$to"
  [ ! -e "$to/diffusion.zip" ] || rm -f "$to/diffusion-first.zip"
  for log in "$AT"/*.log; do echo "== $log" && tail -c 60000 "$log"; done >"$to/logs.txt"
  pkill -f -- "--run $RUNS/" || true
  [ ! -e "$AT/mps/on" ] || stop_mps
  ls -l "$to"
  tail -n 3 "$AT"/*.log
}

slim_all() { # at once, since each takes seconds to begin
  for run in "$RUNS"/*/; do
    [ -d "$run" ] || continue # there is none
    "$PYTHON" -m training.slim --run "$run" --to "$1/$(basename "$run").zip" &
  done
  for name in scenes completion; do # the critics, to go on with
    [ ! -d "$RUNS/$name" ] ||
      "$PYTHON" -m training.slim --run "$RUNS/$name" --to "$1/$name-heads.zip" --only heads &
  done
  wait
}

case ${1:-} in
  bring | start | pack | scenes | completion | diffusion | segmenters | textures) "$@" ;;
  *) sed -n '2,6p' "$0" && exit 2 ;;
esac
