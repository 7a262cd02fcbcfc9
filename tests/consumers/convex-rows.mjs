/**
 * What Convex's client does with a fetcher, one row per fact, as measured against the real client.
 *
 * A row is `{ name, raw, healthy, run(world) }` with the stage's settings (`lifetimeSeconds`, `leewaySeconds`, `jti`, `nothing`,
 * `verify`, `clientOptions`, `frozenMints`, `giveUpAfterMs`, `signOutWith`). `run` gives an observation: `raw` is what the usual wiring shows,
 * `healthy` what a wiring must show that lives with the fact. `isolated` rows end in unhandled rejections when played raw;
 * they get a thread of their own, and their number is observed as `unhandled`.
 */
import { accountRows } from './rows-accounts.mjs';
import { answerRows } from './rows-answers.mjs';
import { callRows } from './rows-calls.mjs';
import { tokenRows } from './rows-tokens.mjs';

export const rows = [...callRows, ...answerRows, ...tokenRows, ...accountRows];
