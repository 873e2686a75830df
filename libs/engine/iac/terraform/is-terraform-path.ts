/** Terraform's and OpenTofu's files, native and JSON. */
export function isTerraformPath(path: string): boolean {
  return /\.(?:tf|tofu|tfvars)(?:\.json)?$/u.test(path);
}
