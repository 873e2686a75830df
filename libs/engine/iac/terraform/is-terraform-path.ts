/** Terraform's native files. */
export function isTerraformPath(path: string): boolean {
  return /\.(?:tf|tfvars)$/u.test(path);
}
