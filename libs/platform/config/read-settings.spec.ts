import { Fault } from '@lib/kernel';
import { describe, expect, it } from 'vitest';
import { readApiSettings, readWorkerSettings } from './read-settings.ts';

const password = ['s3cr', 'et-w0rd'].join('');
const api = {
  AEGIS_OBJECTS: 'folder:/data/objects',
  AEGIS_KEYS: 'keyring:/data/keys',
  AEGIS_API_DATABASE_URL: `postgresql://aegis_api:${password}@127.0.0.1:5432/aegis`,
  AEGIS_IDENTITY_DATABASE_URL: `postgresql://aegis_identity:${password}@127.0.0.1:5432/aegis`,
  AEGIS_CURSOR_KEY: 'ab'.repeat(32),
};

describe('settings', () => {
  it('defaults_are_those_of_production', () => {
    expect(readApiSettings(api)).toMatchObject({ AEGIS_ENVIRONMENT: 'production', AEGIS_SECURE_COOKIES: true, AEGIS_ALLOWED_FOLDERS: [] });
  });

  it('an_error_names_the_setting_and_never_its_value', () => {
    try {
      readApiSettings({ ...api, AEGIS_API_DATABASE_URL: `mysql://aegis:${password}@host/db` });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(Fault);
      expect(String(error)).toContain('AEGIS_API_DATABASE_URL');
      expect(String(error)).not.toContain(password);
    }
  });

  it('a_relative_folder_is_refused', () => {
    expect(() => readApiSettings({ ...api, AEGIS_ALLOWED_FOLDERS: '/srv/a:srv/b' })).toThrow(/AEGIS_ALLOWED_FOLDERS/u);
  });

  it('the_queue_is_told_by_its_address', () => {
    const worker = {
      ...api,
      AEGIS_WORKER_DATABASE_URL: api.AEGIS_API_DATABASE_URL,
      AEGIS_AUDIT_DATABASE_URL: api.AEGIS_API_DATABASE_URL,
      AEGIS_WORK_DIRECTORY: '/data/work',
      AEGIS_SANDBOX_RUNTIME: '/app/runtime',
    };
    expect(readWorkerSettings({ ...worker, AEGIS_QUEUE_URL: 'redis://127.0.0.1:6379' }).AEGIS_QUEUE_URL.kind).toBe('redis');
    expect(readWorkerSettings({ ...worker, AEGIS_QUEUE_URL: 'postgres://q:q@127.0.0.1/aegis_queue' }).AEGIS_QUEUE_URL.kind).toBe(
      'postgres',
    );
    expect(() => readWorkerSettings({ ...worker, AEGIS_QUEUE_URL: 'amqp://127.0.0.1' })).toThrow(/AEGIS_QUEUE_URL/u);
  });
});
