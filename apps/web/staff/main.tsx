import '../zod-without-eval.ts';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Console } from './console.tsx';
import { staffQueryClient } from './staff-queries.ts';
import '../styles.css';
import './staff.css';

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={staffQueryClient}>
        <Console />
      </QueryClientProvider>
    </StrictMode>,
  );
}
