/** The few DOM helpers that the page needs in place of a framework. */

const SVG = 'http://www.w3.org/2000/svg';

function dress(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** An HTML element with attributes, listeners (`onclick`) and children; text children stay text. */
export const h = (tag, attributes, ...children) => dress(document.createElement(tag), attributes, children);

/** The same for SVG. */
export const s = (tag, attributes, ...children) => dress(document.createElementNS(SVG, tag), attributes, children);

/** Writes text only when it differs, so that screen readers and the layout see real changes alone. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Sets a data attribute only when it differs. */
export function flag(node, name, value) {
  if (node.dataset[name] !== String(value)) node.dataset[name] = value;
}
