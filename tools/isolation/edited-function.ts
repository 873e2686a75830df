/** SQL that replaces a piece of a function's text; a piece that is not there is a mistake of whoever names it. */
export const edited = (name: string, piece: string, instead: string): string =>
  `do $x$ declare body constant text := pg_get_functiondef('${name}'::regproc); begin
     if strpos(body, $p$${piece}$p$) = 0 then raise exception 'no such piece'; end if;
     execute replace(body, $p$${piece}$p$, $p$${instead}$p$); end $x$`;
