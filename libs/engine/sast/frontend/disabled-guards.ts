/** A stretch of a file's text. Units: UTF-16 offsets, end exclusive. */
export type TextStretch = { readonly start: number; readonly end: number };

const stretchesMax = 40; // of one file; more of them say nothing new
const word = /auth|guard|permission|denyall|isadmin|loggedin|login|secured|rolesallowed|csrf|protect/iu;
const comment = /^[ \t]*(?:\/\/|#)[ \t]*(?<code>\S.{6,300})$/gmu;
const guards: readonly RegExp[] = [
  // a route or a whole application of Express and its like
  /^\w*(?:app|router|server|api)\.(?:use|get|post|put|patch|delete|all)\(.*\b\w*(?:auth|guard|permission|denyall|isadmin|loggedin|requirelogin|csrf|protect)\w*\b.*\);?$/iu,
  /^@(?:UseGuards|PreAuthorize|Secured|RolesAllowed|RequiresPermissions|RequiresRoles)\(.*\)$/u,
  /^@(?:login_required|permission_required\(.*\)|staff_member_required|user_passes_test\(.*\)|jwt_required(?:\(\))?|auth_required|requires_auth)$/u,
];

/** Checks of who asks that were turned into comments, as they are while somebody tries something out. */
export function findDisabledGuards(text: string): readonly TextStretch[] {
  if (!word.test(text)) return [];
  const found: TextStretch[] = [];
  for (const match of text.matchAll(comment)) {
    const code = match.groups?.['code']?.replace(/\s*\/\/.*$/u, '').trimEnd() ?? '';
    if (found.length < stretchesMax && word.test(code) && guards.some((guard) => guard.test(code))) {
      const start = match.index + match[0].indexOf(code);
      found.push({ start, end: start + code.length });
    }
  }
  return found;
}
