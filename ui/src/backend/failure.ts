/** Everything that goes wrong reaches the views as a `Failure`. */
import { say, t } from '../i18n';
import type { Failure } from './control';

/** What was thrown, as a `Failure`. */
export function asFailure(thrown: unknown): Failure {
  if (isFailure(thrown)) return thrown;
  const detail = thrown instanceof Error ? thrown.message : typeof thrown === 'string' ? thrown : '';
  return {
    code: 'internal',
    sentence: detail ? say(t.failure.unreachableBecause, { detail }) : t.failure.unreachable,
    next: t.failure.unreachableNext,
    id: '',
  };
}

/** The broker answered something else than what was asked for. */
export function unexpected(asked: string, got: string): Failure {
  return {
    code: 'internal',
    sentence: say(t.failure.unexpected, { asked, got }),
    next: t.failure.unexpectedNext,
    id: '',
  };
}

function isFailure(thrown: unknown): thrown is Failure {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'sentence' in thrown;
}
