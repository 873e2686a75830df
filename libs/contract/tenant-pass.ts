/**
 * Lets its holder act for one tenant, for as long as what it was given for lasts: a live credential, a job's lease, a turn. Only
 * guard/tenancy makes one. `proofFor` answers what the database wants to see from a log-in role, good for a minute at most; it is a
 * secret, and rejects when the holder may no longer act.
 */
export type TenantPass = { readonly proofFor: (role: string) => string | Promise<string> };
