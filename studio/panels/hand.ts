/** The hand in the world: drags bodies, chooses agents, steers one with the keyboard. */
import type { Studio } from '../studio.ts';
import type { WorldCanvas } from '../world-canvas.ts';

/** CSS pixels around a body that still count as it. */
const REACH = { mouse: 8, touch: 22 };
/** A press that moves less is a click. */
const STILL = 5;

const PUSHES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  a: [-1, 0],
  d: [1, 0],
  w: [0, 1],
  s: [0, -1],
};
/** How far an arrow key moves the chosen agent. */
const NUDGE = 0.1;

/** Watches pointer and keys; returns how to stop. */
export function watchHand(studio: Studio, world: WorldCanvas): () => void {
  const { canvas } = world;
  const stop = new AbortController();
  const listen = { signal: stop.signal };
  const pressed = new Set<string>();
  let press: { k: number; left: number; top: number; dragging: boolean; dx: number; dy: number } | null =
    null;

  const placeOf = ({ clientX, clientY }: { clientX: number; clientY: number }) => {
    const box = canvas.getBoundingClientRect();
    return { left: clientX - box.left, top: clientY - box.top };
  };
  /** The nearest body at a place, agents before landmarks of the same distance. */
  const bodyAt = (left: number, top: number, reach: number): number | null => {
    const { x, y } = world.toWorld(left, top);
    let found: number | null = null;
    let least = Infinity;
    studio.stage.entities.forEach((body, k) => {
      const beyond = Math.hypot(body.x - x, body.y - y) - body.radius;
      if (beyond * world.scale <= reach && beyond < least) [found, least] = [k, beyond];
    });
    return found;
  };

  canvas.addEventListener(
    'touchstart',
    (event) => {
      const touch = event.touches[0]!;
      const { left, top } = placeOf(touch);
      // The page scrolls unless there is something to drag.
      if (bodyAt(left, top, REACH.touch) !== null) event.preventDefault();
    },
    { ...listen, passive: false },
  );
  canvas.addEventListener(
    'pointerdown',
    (event) => {
      const { left, top } = placeOf(event);
      const k = bodyAt(left, top, event.pointerType === 'touch' ? REACH.touch : REACH.mouse);
      if (k === null) {
        studio.set({ chosen: null });
        return;
      }
      canvas.setPointerCapture(event.pointerId);
      const body = studio.stage.entities[k]!;
      const { x, y } = world.toWorld(left, top);
      press = { k, left, top, dragging: false, dx: body.x - x, dy: body.y - y };
    },
    listen,
  );
  canvas.addEventListener(
    'pointermove',
    (event) => {
      const { left, top } = placeOf(event);
      if (!press) {
        if (event.pointerType === 'mouse')
          canvas.style.cursor = bodyAt(left, top, REACH.mouse) === null ? '' : 'grab';
        return;
      }
      press.dragging ||= Math.hypot(left - press.left, top - press.top) > STILL;
      if (!press.dragging) return;
      canvas.style.cursor = 'grabbing';
      const { x, y } = world.toWorld(left, top);
      studio.drag({ k: press.k, x: x + press.dx, y: y + press.dy });
    },
    listen,
  );
  const release = (): void => {
    if (!press) return;
    const { k, dragging } = press;
    press = null;
    canvas.style.cursor = '';
    studio.drag(null);
    const agents = studio.stage.env.spec.agents.length;
    if (!dragging && k < agents) studio.set({ chosen: studio.chosen === k ? null : k });
  };
  canvas.addEventListener('pointerup', release, listen);
  canvas.addEventListener('pointercancel', release, listen);

  const steer = (): void => {
    let [x, y] = [0, 0];
    for (const key of pressed) {
      x += PUSHES[key]![0];
      y += PUSHES[key]![1];
    }
    studio.push(Math.sign(x), Math.sign(y));
  };
  window.addEventListener(
    'keydown',
    (event) => {
      const { target, key } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(target)) return;
      const name = key.length === 1 ? key.toLowerCase() : key;
      if (studio.stage.steered) {
        if (name === 'Escape') studio.steer(null);
        else if (name in PUSHES) {
          pressed.add(name);
          steer();
          event.preventDefault();
        }
        return;
      }
      if (target === canvas && name in PUSHES && studio.chosen !== null) {
        const body = studio.stage.entities[studio.chosen]!;
        const [x, y] = PUSHES[name]!;
        studio.drag({ k: studio.chosen, x: body.x + x * NUDGE, y: body.y + y * NUDGE });
        studio.drag(null);
        event.preventDefault();
      } else if (name === ' ' && !isButton(target)) {
        studio.toggle();
        event.preventDefault();
      } else if (name === 'Escape') studio.set({ chosen: null });
    },
    listen,
  );
  window.addEventListener(
    'keyup',
    ({ key }) => {
      if (pressed.delete(key.length === 1 ? key.toLowerCase() : key)) steer();
    },
    listen,
  );
  window.addEventListener(
    'blur',
    () => {
      pressed.clear();
      steer();
      release();
    },
    listen,
  );
  return () => {
    stop.abort();
  };
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select');
}

function isButton(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('button, summary, a');
}
