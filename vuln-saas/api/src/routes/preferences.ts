import { Router, type Request, type Response } from 'express';
import { sessionOf } from '../security/session.js';

export const preferenceRoutes = Router();

type Tree = { [key: string]: unknown };

const defaults = { invoices: { currency: 'EUR', dueDays: 30 }, mail: { signature: '' } };
const saved = new Map<string, Tree>();

preferenceRoutes.get('/', (_req: Request, res: Response) => {
  res.json(saved.get(sessionOf(res).userId) ?? defaults);
});

preferenceRoutes.patch('/', (req: Request, res: Response) => {
  const { userId } = sessionOf(res);
  const current = saved.get(userId) ?? structuredClone(defaults);
  saved.set(userId, merge(current, req.body));
  res.sendStatus(204);
});

preferenceRoutes.patch('/mail', (req: Request, res: Response) => {
  const { userId } = sessionOf(res);
  const current = saved.get(userId) ?? structuredClone(defaults);
  saved.set(userId, mergeKnown(current, req.body));
  res.sendStatus(204);
});

preferenceRoutes.put('/labels', (req: Request, res: Response) => {
  const labels = Object.create(null) as Record<string, string>;
  for (const [key, value] of Object.entries(req.body as Tree)) {
    labels[key] = String(value);
  }
  res.json(labels);
});

function merge(target: Tree, changes: Tree): Tree {
  for (const [key, value] of Object.entries(changes)) {
    target[key] = isTree(value) ? merge((target[key] ?? {}) as Tree, value) : value;
  }
  return target;
}

function mergeKnown(target: Tree, changes: Tree): Tree {
  for (const [key, value] of Object.entries(changes)) {
    if (key === '__proto__' || key === 'constructor' || key === 'prototype') continue;
    const own = Object.hasOwn(target, key) ? target[key] : undefined;
    target[key] = isTree(value) ? mergeKnown(isTree(own) ? own : {}, value) : value;
  }
  return target;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
