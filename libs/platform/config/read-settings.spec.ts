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
      AEGIS_DISPATCH_DATABASE_URL: api.AEGIS_API_DATABASE_URL,
      AEGIS_WORK_DIRECTORY: '/data/work',
      AEGIS_SANDBOX_RUNTIME: '/app/runtime',
    };
    expect(readWorkerSettings({ ...worker, AEGIS_QUEUE_URL: 'redis://127.0.0.1:6379' }).AEGIS_QUEUE_URL.kind).toBe('redis');
    expect(readWorkerSettings({ ...worker, AEGIS_QUEUE_URL: 'postgres://q:q@127.0.0.1/aegis_queue' }).AEGIS_QUEUE_URL.kind).toBe(
      'postgres',
    );
    expect(() => readWorkerSettings({ ...worker, AEGIS_QUEUE_URL: 'amqp://127.0.0.1' })).toThrow(/AEGIS_QUEUE_URL/u);
  });

  describe('where analyses run', () => {
    const worker = {
      ...api,
      AEGIS_WORKER_DATABASE_URL: api.AEGIS_API_DATABASE_URL,
      AEGIS_AUDIT_DATABASE_URL: api.AEGIS_API_DATABASE_URL,
      AEGIS_DISPATCH_DATABASE_URL: api.AEGIS_API_DATABASE_URL,
      AEGIS_QUEUE_URL: 'redis://127.0.0.1:6379',
      AEGIS_WORK_DIRECTORY: '/data/work',
      AEGIS_SANDBOX_RUNTIME: '/app/runtime',
    };
    const fargate = {
      AEGIS_SANDBOX: 'fargate',
      AEGIS_FARGATE_REGION: 'eu-central-1',
      AEGIS_FARGATE_CLUSTER: 'aegis',
      AEGIS_FARGATE_TASK_DEFINITION: 'arn:aws:ecs:eu-central-1:000000000000:task-definition/aegis-analysis:12',
      AEGIS_FARGATE_SUBNETS: 'subnet-0123456789abcdef0,subnet-01234567',
      AEGIS_FARGATE_SECURITY_GROUPS: 'sg-0123456789abcdef0',
      AEGIS_FARGATE_TRANSFER_BUCKET: 'aegis-transfer',
    };

    it('is_this_machine_unless_it_is_said', () => {
      expect(readWorkerSettings(worker).AEGIS_SANDBOX ?? 'local').toBe('local');
      expect(readWorkerSettings({ ...worker, AEGIS_SANDBOX: 'local' }).AEGIS_SANDBOX).toBe('local');
    });

    it('on_fargate_everything_that_it_takes_is_named', () => {
      expect(readWorkerSettings({ ...worker, ...fargate })).toMatchObject({
        AEGIS_SANDBOX: 'fargate',
        AEGIS_FARGATE_SUBNETS: ['subnet-0123456789abcdef0', 'subnet-01234567'],
        AEGIS_FARGATE_SECURITY_GROUPS: ['sg-0123456789abcdef0'],
      });
    });

    it.each(Object.keys(fargate).filter((name) => name !== 'AEGIS_SANDBOX'))('on_fargate_a_worker_without_%s_does_not_start', (name) => {
      expect(() => readWorkerSettings({ ...worker, ...fargate, [name]: undefined })).toThrow(name);
    });

    it.each([
      ['AEGIS_SANDBOX', 'docker'],
      ['AEGIS_FARGATE_TASK_DEFINITION', 'aegis-analysis'], // whatever was registered last
      ['AEGIS_FARGATE_TASK_DEFINITION', 'aegis-analysis:latest'],
      ['AEGIS_FARGATE_SUBNETS', ''],
      ['AEGIS_FARGATE_SUBNETS', 'vpc-01234567'],
      ['AEGIS_FARGATE_SECURITY_GROUPS', 'default'],
      ['AEGIS_FARGATE_REGION', 'moon'],
    ])('%s_is_not_%s', (name, value) => {
      expect(() => readWorkerSettings({ ...worker, ...fargate, [name]: value })).toThrow(name);
    });
  });
});
