import { archiveSchema, createRepository, scanSchema, type ScanView } from '@lib/contract';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { queryClient } from '../api/query-client.ts';
import { change, upload } from '../api/request.ts';
import { fieldText } from '../text/field-text.ts';

type Kind = 'git' | 'archive';

/** Adds a public git repository by its address, or a first archive, and scans it at once. */
export function AddRepository({ mayUpload }: { readonly mayUpload: boolean }): ReactNode {
  const [kind, setKind] = useState<Kind>('git');
  const navigate = useNavigate();
  const add = useMutation({
    mutationFn: (form: HTMLFormElement) => (kind === 'git' ? addGit(form) : addArchive(form)),
    onSuccess: async (scan) => {
      if (scan !== undefined) await navigate({ to: '/scans/$scanId', params: { scanId: scan.id } });
    },
    onSettled: () =>
      Promise.all([queryClient.invalidateQueries({ queryKey: ['repositories'] }), queryClient.invalidateQueries({ queryKey: ['scans'] })]),
  });
  return (
    <section className="card" aria-label="Add a repository">
      <h2>Add one repository</h2>
      <form
        className="add-repository"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate(event.currentTarget);
        }}
      >
        {mayUpload && (
          <fieldset className="choices">
            <legend className="visually-hidden">Where it comes from</legend>
            <label>
              <input type="radio" name="kind" checked={kind === 'git'} onChange={() => setKind('git')} /> public git repository
            </label>
            <label>
              <input type="radio" name="kind" checked={kind === 'archive'} onChange={() => setKind('archive')} /> archive (tar, tar.gz, zip)
            </label>
          </fieldset>
        )}
        <div className="inline-form">
          <label>
            <span className="visually-hidden">Name</span>
            <input name="name" required maxLength={200} placeholder="name" autoComplete="off" />
          </label>
          {kind === 'git' ? (
            <label>
              <span className="visually-hidden">Address</span>
              <input
                name="url"
                type="url"
                required
                maxLength={2048}
                pattern="https://.*"
                placeholder="https://github.com/owner/name"
                autoComplete="off"
                size={36}
              />
            </label>
          ) : (
            <label>
              <span className="visually-hidden">Archive</span>
              <input name="file" type="file" required accept=".tar,.tgz,.gz,.zst,.zip" />
            </label>
          )}
          <button type="submit" className="button primary" disabled={add.isPending}>
            {add.isPending ? 'Adding …' : 'Add and scan'}
          </button>
        </div>
        <div className="form-failure" role="alert">
          {add.error?.message}
        </div>
      </form>
    </section>
  );
}

async function addGit(form: HTMLFormElement): Promise<ScanView | undefined> {
  return scanOf(await create(fieldText(form, 'name'), { kind: 'git', url: fieldText(form, 'url') }));
}

async function addArchive(form: HTMLFormElement): Promise<ScanView | undefined> {
  const file = new FormData(form).get('file');
  if (!(file instanceof File)) return undefined;
  const repositoryId = await create(fieldText(form, 'name'), { kind: 'archive' });
  const archive = await upload(`/v1/repositories/${repositoryId}/archives`, file, archiveSchema);
  return scanOf(repositoryId, archive.id);
}

async function create(name: string, source: object): Promise<string> {
  const made = await change('POST', '/v1/repositories', { body: { name, source }, schema: createRepository.answers[201].schema });
  return made?.id ?? '';
}

function scanOf(repositoryId: string, archiveId?: string): Promise<ScanView | undefined> {
  const body = { repositoryId, ...(archiveId === undefined ? {} : { archiveId }) };
  return change('POST', '/v1/scans', { body, schema: scanSchema, key: crypto.randomUUID() });
}
