import { inviteMember, roles, type MemberView, type Role } from '@lib/contract';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { changeSigned } from '../api/passkey.ts';
import { tenantQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { change } from '../api/request.ts';
import { invitationsQuery, membersQuery } from '../api/settings-queries.ts';
import { FailureNotice } from '../parts/notice.tsx';
import { SettingsFrame } from '../parts/settings-frame.tsx';
import { ShownOnce } from '../parts/shown-once.tsx';
import { fieldText } from '../text/field-text.ts';
import { formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';

const refresh = (): Promise<unknown> =>
  Promise.all(['members', 'invitations'].map((name) => queryClient.invalidateQueries({ queryKey: [name] })));

/** Who may come in, and as what. */
export function MembersPage(): ReactNode {
  const tenant = useQuery(tenantQuery);
  const members = useInfiniteQuery(membersQuery);
  const allowed = new Set(tenant.data?.self.permissions);
  const rows = members.data?.pages.flatMap((page) => page.items).filter((member) => member.state !== 'gone') ?? [];
  return (
    <SettingsFrame title="Members">
      {members.isError && <FailureNotice error={members.error} retry={() => void members.refetch()} />}
      {members.isPending && <p role="status">Loading …</p>}
      {rows.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Address</th>
              <th scope="col">Role</th>
              <th scope="col">Since</th>
              <th scope="col">
                <span className="visually-hidden">What can be done</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((member) => (
              <MemberRow key={member.id} member={member} isSelf={member.id === tenant.data?.self.member?.id} allowed={allowed} />
            ))}
          </tbody>
        </table>
      )}
      {members.hasNextPage && (
        <button type="button" className="button" onClick={() => void members.fetchNextPage()} disabled={members.isFetchingNextPage}>
          Show more
        </button>
      )}
      {allowed.has('invitation.create') && <Invitations />}
    </SettingsFrame>
  );
}

type RowProps = { readonly member: MemberView; readonly isSelf: boolean; readonly allowed: ReadonlySet<string> };

function MemberRow({ member, isSelf, allowed }: RowProps): ReactNode {
  return (
    <tr>
      <td data-label="Name">
        <VisibleText text={member.name} />
        {isSelf && <span className="meta"> you</span>}
      </td>
      <td data-label="Address">{member.email === null ? '–' : <VisibleText text={member.email} />}</td>
      <td data-label="Role">
        <RoleChoice member={member} mayChange={allowed.has('member.change-role')} />
      </td>
      <td data-label="Since" className="nowrap">
        {formatInstant(member.createdAt)}
      </td>
      <td data-label="What can be done">{allowed.has('member.remove') && <Leaving member={member} isSelf={isSelf} />}</td>
    </tr>
  );
}

function Leaving({ member, isSelf }: { readonly member: MemberView; readonly isSelf: boolean }): ReactNode {
  const path = `/v1/members/${member.id}`;
  const remove = useMutation({
    mutationFn: () => changeSigned('POST', `${path}/removal`, { operationId: 'removeMember', params: { memberId: member.id } }),
    onSettled: refresh,
  });
  const restore = useMutation({ mutationFn: () => change('POST', `${path}/restoration`), onSettled: refresh });
  const label = member.email ?? member.name;
  const failure = remove.error ?? restore.error;
  return (
    <>
      {member.state === 'active' && !isSelf && (
        <button type="button" className="button" disabled={remove.isPending} onClick={() => remove.mutate()}>
          Remove
          <span className="visually-hidden"> {label}</span>
        </button>
      )}
      {member.state === 'leaving' && (
        <button type="button" className="button" disabled={restore.isPending} onClick={() => restore.mutate()}>
          Bring back
          <span className="visually-hidden"> {label}</span>
        </button>
      )}
      {member.leavesAt !== null && <span className="meta"> shut out; for good at {formatInstant(member.leavesAt)}</span>}
      {failure !== null && (
        <span className="form-failure" role="alert">
          {failure.message}
        </span>
      )}
    </>
  );
}

function RoleChoice({ member, mayChange }: { readonly member: MemberView; readonly mayChange: boolean }): ReactNode {
  const change = useMutation({
    mutationFn: (role: Role) =>
      changeSigned('POST', `/v1/members/${member.id}/role`, { operationId: 'changeRole', params: { memberId: member.id }, body: { role } }),
    onSettled: refresh,
  });
  if (!mayChange || member.state !== 'active') return member.role;
  return (
    <>
      <select
        aria-label={`Role of ${member.email ?? member.name}`}
        value={member.role}
        disabled={change.isPending}
        onChange={(event) => {
          const role = roles.find((name) => name === event.target.value);
          if (role !== undefined) change.mutate(role);
        }}
      >
        {roles.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      {change.isError && (
        <span className="form-failure" role="alert">
          {change.error.message}
        </span>
      )}
    </>
  );
}

function Invitations(): ReactNode {
  const waiting = useQuery(invitationsQuery);
  const invite = useMutation({
    mutationFn: (body: { readonly email: string; readonly role: string }) =>
      changeSigned('POST', '/v1/invitations', { operationId: 'inviteMember', body, schema: inviteMember.answers[201].schema }),
    onSettled: refresh,
  });
  const revoke = useMutation({ mutationFn: (id: string) => change('DELETE', `/v1/invitations/${id}`), onSettled: refresh });
  return (
    <section className="card" aria-label="Invitations">
      <h2>Invite somebody</h2>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault();
          invite.mutate({ email: fieldText(event.currentTarget, 'email'), role: fieldText(event.currentTarget, 'role') });
        }}
      >
        <label>
          <span className="visually-hidden">Address</span>
          <input name="email" type="email" required maxLength={254} placeholder="name@company.example" autoComplete="off" />
        </label>
        <label>
          <span className="visually-hidden">Role</span>
          <select name="role" defaultValue="developer">
            {roles.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <button type="submit" className="button primary" disabled={invite.isPending}>
          Invite
        </button>
      </form>
      <div className="form-failure" role="alert">
        {invite.error?.message ?? revoke.error?.message}
      </div>
      {invite.data !== undefined && (
        <ShownOnce what={`The way in for ${invite.data.email}`} secret={`${location.origin}/join#invite=${invite.data.secret}`} />
      )}
      {waiting.isError && <FailureNotice error={waiting.error} retry={() => void waiting.refetch()} />}
      {(waiting.data?.items ?? []).map(({ id, email, role, expiresAt }) => (
        <div key={id} className="card-head">
          <VisibleText text={email} />
          <span className="meta">
            {role}, until {formatInstant(expiresAt)}
          </span>
          <button type="button" className="button" onClick={() => revoke.mutate(id)}>
            Take back
            <span className="visually-hidden"> the invitation of {email}</span>
          </button>
        </div>
      ))}
    </section>
  );
}
