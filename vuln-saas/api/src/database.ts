import pg from 'pg';
import { requiredEnv } from './settings.js';

export const pool = new pg.Pool({ connectionString: requiredEnv('DATABASE_URL'), max: 10 });
