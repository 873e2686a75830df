import { analyzerNames, findingStates, severities } from '@lib/contract';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { repositoriesQuery, type FindingFilters } from '../api/queries.ts';
import { plainText } from '../text/visible-parts.ts';
import { stateWords } from './finding-state-chip.tsx';
import { VisibleText } from '../text/visible-text.tsx';

type Choice = { readonly value: string; readonly label: string };
const asChoice = (value: string): Choice => ({ value, label: value });

/** What narrows the findings. Each change is an entry of the history, so «back» undoes it. */
export function FindingsFilters({ filters }: { readonly filters: FindingFilters }): ReactNode {
  const repositories = useQuery(repositoriesQuery);
  const choices = [
    { name: 'severity', label: 'Severity', options: severities.map(asChoice) },
    { name: 'analyzer', label: 'Analyzer', options: analyzerNames.map(asChoice) },
    { name: 'state', label: 'State', options: findingStates.map((state): Choice => ({ value: state, label: stateWords[state].word })) },
    {
      name: 'repositoryId',
      label: 'Repository',
      options: (repositories.data?.items ?? []).map(({ id, name }): Choice => ({ value: id, label: plainText(name) })),
    },
  ] as const;
  const navigate = useNavigate({ from: '/findings' });
  const set = (name: keyof FindingFilters, value: string): void => {
    void navigate({ search: (before) => ({ ...before, [name]: value === '' ? undefined : value, f: undefined }) });
  };
  return (
    <form className="filters" role="search" aria-label="Filter findings" onSubmit={(event) => event.preventDefault()}>
      {choices.map((choice) => (
        <label key={choice.name}>
          {choice.label}
          <select
            value={filters[choice.name] ?? ''}
            className={filters[choice.name] === undefined ? undefined : 'filter-chosen'}
            onChange={(event) => set(choice.name, event.target.value)}
          >
            <option value="">any</option>
            {withUnknown(choice.options, filters[choice.name]).map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
        </label>
      ))}
      {(['path', 'ruleId', 'scanId'] as const).map((name) => {
        const value = filters[name];
        return value === undefined ? null : (
          <button key={name} type="button" className="button filter-chosen" onClick={() => set(name, '')}>
            <span>{name === 'scanId' ? 'one scan' : <VisibleText text={value} />}</span>
            <span aria-hidden="true">✕</span>
            <span className="visually-hidden">remove this filter</span>
          </button>
        );
      })}
      {Object.values(filters).some((value) => value !== undefined) && (
        <Link to="/findings" className="button quiet">
          Clear all
        </Link>
      )}
    </form>
  );
}

// An address may name a value that is not on offer; a select that hid it would show another filter than the one in force.
function withUnknown(options: readonly Choice[], value: string | undefined): readonly Choice[] {
  return value === undefined || options.some((option) => option.value === value)
    ? options
    : [...options, { value, label: plainText(value) }];
}
