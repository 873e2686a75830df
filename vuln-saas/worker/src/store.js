import { MongoClient } from 'mongodb';
import pg from 'pg';

const client = new MongoClient(process.env.MONGO_URL ?? 'mongodb://localhost:27017');

export const ledger = new pg.Pool({ connectionString: process.env.DATABASE_URL });

export async function connect() {
  await client.connect();
}

export function collection(name) {
  return client.db('documents').collection(name);
}
