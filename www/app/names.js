/** How accounts are called on the page. Colours follow from the same short name, in the style sheet. */

/** `user_ada` → `ada`; null → `nobody`. */
export const slug = (userId) => (userId ? userId.replace(/^user_/, '') : 'nobody');

/** `user_ada` → `Ada`. */
export function who(userId) {
  const short = slug(userId);
  return userId ? short[0].toUpperCase() + short.slice(1) : short;
}
