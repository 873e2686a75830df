/** Where the queue lives. On Postgres: a database of its own, owned by a role that reaches nothing else. */
export type QueueLocation = { readonly kind: 'postgres'; readonly url: string } | { readonly kind: 'redis'; readonly url: string };
