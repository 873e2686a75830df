import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import axios from 'axios';
import { XMLParser } from 'fast-xml-parser';
import { Router, text, type Request, type Response } from 'express';
import libxml from 'libxmljs2';
import xpath from 'xpath';
import { DOMParser } from '@xmldom/xmldom';
import { logger } from '../logger.js';

export const bankFeedRoutes = Router();

const bankHosts: ReadonlySet<string> = new Set(['feeds.nordbank.test', 'feeds.rheinbank.test']);
const rateHost = 'https://rates.ledgerly.test';
const bankAgent = new Agent({ rejectUnauthorized: false, keepAlive: true });
const taxAgent = new Agent({ ca: readFileSync('/etc/ledgerly/tax-office-ca.crt'), rejectUnauthorized: true });

bankFeedRoutes.post('/preview', async (req: Request, res: Response) => {
  const body = await downloadFeed(req.body.feedUrl);
  res.json({ bytes: body.length, head: body.slice(0, 500) });
});

bankFeedRoutes.post('/connect', async (req: Request, res: Response) => {
  const feed = new URL(String(req.body.feedUrl));
  if (feed.protocol !== 'https:' || !bankHosts.has(feed.host)) {
    res.status(422).json({ error: 'unknown_bank' });
    return;
  }
  const answer = await fetch(feed, { redirect: 'error' });
  res.json({ reachable: answer.ok });
});

bankFeedRoutes.get('/statement/:account', async (req: Request, res: Response) => {
  const { data } = await axios.get('https://feeds.nordbank.test/statement', { httpsAgent: bankAgent, params: { account: req.params['account'] } });
  res.json(data);
});

bankFeedRoutes.get('/rates/:currency', async (req: Request, res: Response) => {
  const answer = await fetch(`${rateHost}/latest/${encodeURIComponent(String(req.params['currency']))}`);
  res.json(await answer.json());
});

bankFeedRoutes.post('/vat-return', async (_req: Request, res: Response) => {
  const { status } = await axios.post('https://filing.tax-office.test/returns', {}, { httpsAgent: taxAgent });
  logger.info({ status }, 'vat return filed');
  res.json({ status });
});

bankFeedRoutes.post('/camt', text({ type: 'application/xml' }), (req: Request, res: Response) => {
  const statement = parseStatement(req.body);
  res.json({ entries: statement.find('//Ntry').length, owner: statement.get('//Ownr/Nm')?.text() });
});

bankFeedRoutes.post('/camt-light', text({ type: 'application/xml' }), (req: Request, res: Response) => {
  const document = libxml.parseXml(String(req.body), { noent: false, nonet: true });
  res.json({ entries: document.find('//Ntry').length });
});

bankFeedRoutes.post('/pain', text({ type: 'application/xml' }), (req: Request, res: Response) => {
  const parser = new XMLParser({ ignoreAttributes: false, processEntities: false });
  res.json(parser.parse(String(req.body)));
});

bankFeedRoutes.post('/find-entry', (req: Request, res: Response) => {
  const ledger = new DOMParser().parseFromString(readFileSync('/etc/ledgerly/chart-of-accounts.xml', 'utf8'), 'text/xml');
  const reference = String(req.body.reference);
  const found = xpath.select(`//account[@public='yes' and @code='${reference}']/name/text()`, ledger);
  res.json(found.map(String));
});

bankFeedRoutes.post('/find-account', (req: Request, res: Response) => {
  const ledger = new DOMParser().parseFromString(readFileSync('/etc/ledgerly/chart-of-accounts.xml', 'utf8'), 'text/xml');
  const byCode = xpath.parse("//account[@public='yes' and @code=$code]/name/text()");
  const found = byCode.select({ node: ledger, variables: { code: String(req.body.code) } });
  res.json(found.map(String));
});

bankFeedRoutes.get('/health', async (_req: Request, res: Response) => {
  const { address } = await lookup('feeds.nordbank.test');
  const answer = await fetch('https://feeds.nordbank.test/health');
  res.json({ address, up: answer.ok });
});

async function downloadFeed(address: string): Promise<string> {
  const answer = await fetch(address);
  return answer.text();
}

function parseStatement(xml: string): libxml.Document {
  return libxml.parseXml(xml, { noent: true, nonet: false });
}
