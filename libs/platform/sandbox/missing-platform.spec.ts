import { describe, expect, it } from 'vitest';
import { missingPlatform } from './missing-platform.ts';

describe('missingPlatform', () => {
  it('a_developer_on_macos_is_told_to_use_the_linux_container', () => {
    expect(missingPlatform('darwin')).toBe('Linux: this is macOS, which has none of these walls; run Aegis in the Linux container');
  });

  it('another_system_is_named_and_linux_lacks_nothing', () => {
    expect(missingPlatform('win32')).toContain('this is win32');
    expect(missingPlatform('linux')).toBeUndefined();
  });
});
