/** The shapes on the timeline, defined once and also used by its legend. Shape and colour both tell them apart. */
import { s } from './dom.js';

const symbol = (id, ...shapes) => s('symbol', { id: `mark-${id}`, viewBox: '-7 -7 14 14', overflow: 'visible' }, ...shapes);

const hatch = (id) =>
  s(
    'pattern',
    { id, width: 8, height: 8, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    s('rect', { class: `${id}-line`, width: 2.4, height: 8 }),
  );

/** The `<defs>` of the timeline. */
export function marks() {
  return s(
    'defs',
    {},
    symbol('minted', s('circle', { class: 'm-minted', r: 4.5 })),
    symbol('initial', s('rect', { class: 'm-minted', x: -4, y: -4, width: 8, height: 8, rx: 1.5 })),
    symbol('adopted', s('path', { class: 'm-adopted', d: 'M0 -5.5 5.5 0 0 5.5 -5.5 0Z' })),
    symbol('refused', s('path', { class: 'm-refused', d: 'M-4 -4 4 4M4 -4 -4 4' })),
    symbol('expiring', s('path', { class: 'm-expiring', d: 'M-4 -5H4L-4 5H4Z' })),
    symbol('retry', s('path', { class: 'm-retry', d: 'M4 -2.5A4.6 4.6 0 1 0 4.6 1M4.6 -5.5V-2H1' })),
    symbol('served', s('circle', { class: 'm-served', r: 3 })),
    symbol('rejected', s('path', { class: 'm-rejected', d: 'M-3.2 -3.2 3.2 3.2M3.2 -3.2 -3.2 3.2' })),
    symbol('astray', s('path', { class: 'm-astray', d: 'M0 -4.5 4.5 3.6H-4.5Z' })),
    symbol('nobody', s('circle', { class: 'm-nobody', r: 3 })),
    symbol('held', s('path', { class: 'm-held', d: 'M-3.5 0H3.5' })),
    s('clipPath', { id: 'plot-clip' }, s('rect', { x: 0, y: 0, width: 0, height: 2000 })),
    hatch('hatch'),
    hatch('hatch-quiet'),
  );
}

/** One mark at (x, y). The data attribute lets the timeline drop it once it has scrolled away. */
export const place = (id, x, y, title) =>
  s(
    'use',
    { href: `#mark-${id}`, x: x - 7, y: y - 7, width: 14, height: 14, 'data-x': x, 'data-mark': id },
    title ? s('title', {}, title) : null,
  );
