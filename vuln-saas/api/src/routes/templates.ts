import ejs from 'ejs';
import { Router, type Request, type Response } from 'express';
import Handlebars from 'handlebars';
import { sessionOf } from '../security/session.js';

export const templateRoutes = Router();

type Line = { readonly quantity: number; readonly unitCents: number };

const reminder = Handlebars.compile('Dear {{name}}, invoice {{number}} is due on {{due}}.');
const operations: Readonly<Record<string, (left: number, right: number) => number>> = {
  add: (left, right) => left + right,
  subtract: (left, right) => left - right,
};
const vatOf = new Function('cents', 'rate', 'return Math.round(cents * rate / 100)');

templateRoutes.post('/preview', (req: Request, res: Response) => {
  const { subject, body } = req.body;
  res.json({ tenantId: sessionOf(res).tenantId, subject: String(subject), preview: renderLetter(body) });
});

templateRoutes.post('/reminder', (req: Request, res: Response) => {
  const { name, number, due } = req.body;
  res.json({ text: reminder({ name: String(name), number: String(number), due: String(due) }) });
});

templateRoutes.post('/cover', async (req: Request, res: Response) => {
  const html = await ejs.renderFile('/etc/ledgerly/templates/cover.ejs', { title: String(req.body.title) });
  res.json({ html });
});

templateRoutes.post('/formula', (req: Request, res: Response) => {
  const lines = req.body.lines as readonly Line[];
  res.json({ total: evaluate(req.body.formula, lines) });
});

templateRoutes.post('/sum', (req: Request, res: Response) => {
  const operation = Object.hasOwn(operations, String(req.body.operation)) ? operations[String(req.body.operation)] : undefined;
  const total = operation?.(Number(req.body.left), Number(req.body.right)) ?? 0;
  res.json({ total, vat: vatOf(total, 19) });
});

function renderLetter(source: string): string {
  return ejs.render(source, { company: 'Ledgerly', year: 2026 });
}

function evaluate(formula: string, lines: readonly Line[]): number {
  const compute = new Function('lines', `return ${formula}`);
  return Number(compute(lines));
}
