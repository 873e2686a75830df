import { z } from 'zod';

// The page's policy allows no code made at run time, and zod tries as soon as the first schema is made: this module is loaded first.
z.config({ jitless: true });
