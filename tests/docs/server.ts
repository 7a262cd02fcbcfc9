/** The `./server` of the README's tRPC snippet. */
import { initTRPC } from '@trpc/server';

const t = initTRPC.create();
const router = t.router({ whoami: t.procedure.query(() => null) });
export type AppRouter = typeof router;
