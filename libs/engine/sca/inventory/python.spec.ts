import { describe, expect, it } from 'vitest';
import { said } from './inventory.spec-support.ts';

describe('requirements.txt', () => {
  it('pins_extras_markers_hashes_and_continued_lines_are_read', () => {
    const text = `# ours
Django[argon2]==4.2.1 ; python_version >= "3.8"  # the framework
Flask_Login === 0.6
requests>=2.0,<3
urllib3==1.26.5 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
-e ./own
git+https://example.org/x.git#egg=x
pkg @ https://example.org/pkg-1.0.whl
six==1.*
`;
    expect(said({ 'requirements.txt': text })).toEqual([
      'django 4.2.1 :2 direct',
      'flask-login 0.6 :3 direct',
      'urllib3 1.26.5 :5 direct',
      'unresolved :4 requests >=2.0,<3',
      'unresolved :11 six ==1.*',
    ]);
  });

  it('what_pip_compile_writes_says_who_asked', () => {
    const text = `certifi==2023.7.22
    # via requests
django==4.2.1
    # via -r requirements.in
requests==2.31.0
    # via
    #   -r requirements.in
    #   django
urllib3==1.26.5  # via requests
`;
    expect(said({ 'requirements.txt': text })).toEqual([
      'certifi 2023.7.22 :1 requests>certifi',
      'django 4.2.1 :3 direct',
      'requests 2.31.0 :5 direct',
      'urllib3 1.26.5 :9 requests>urllib3',
    ]);
  });

  it('constraints_pin_and_included_files_that_are_not_there_are_named', () => {
    const files = {
      'a/requirements-dev.txt': '-c ../constraints.txt\n-r missing.txt\npytest\nflask\n',
      'constraints.txt': 'pytest==7.0.0\nother==1.0\n',
    };
    expect(said(files)).toEqual(['pytest 7.0.0 :3 direct dev', 'unresolved :2 -r missing.txt is not in the tree', 'unresolved :4 flask']);
  });
});

describe('locks of Python', () => {
  it('poetry_with_its_pyproject', () => {
    const lock = `[[package]]
name = "Foo.Bar"
version = "1.0"
optional = false

[package.dependencies]
baz = ">=2"

[[package]]
name = "baz"
version = "2.0"

[[package]]
name = "pytest"
version = "7.0"
category = "dev"

[metadata]
lock-version = "2.0"
`;
    const pyproject = '[tool.poetry.dependencies]\npython = "^3.9"\nfoo-bar = "^1"\n[tool.poetry.group.test.dependencies]\npytest = "*"\n';
    expect(said({ 'poetry.lock': lock, 'pyproject.toml': pyproject })).toEqual([
      'foo-bar 1.0 :1 direct',
      'baz 2.0 :9 foo-bar>baz',
      'pytest 7.0 :13 direct dev',
    ]);
    expect(said({ 'poetry.lock': lock })[0]).toBe('foo-bar 1.0 :1 ?');
  });

  it('uv_says_itself_what_was_asked_for', () => {
    const lock = `version = 1

[[package]]
name = "app"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "flask" }]

[package.dev-dependencies]
dev = [{ name = "ruff" }]

[[package]]
name = "flask"
version = "3.0.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "werkzeug" }]

[[package]]
name = "ruff"
version = "0.1.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "werkzeug"
version = "3.0.1"
source = { registry = "https://pypi.org/simple" }
`;
    expect(said({ 'uv.lock': lock })).toEqual(['flask 3.0.0 :12 direct', 'ruff 0.1.0 :18 direct dev', 'werkzeug 3.0.1 :23 flask>werkzeug']);
  });

  it('Pipfile_lock_with_its_Pipfile', () => {
    const lock =
      '{\n "_meta": {},\n "default": {\n  "flask": { "version": "==2.0.0" },\n  "jinja2": { "version": "==3.0.0" } },\n "develop": {\n  "pytest": { "version": "==7.0" } } }';
    expect(said({ 'Pipfile.lock': lock, Pipfile: '[packages]\nFlask = "*"\n[dev-packages]\npytest = "*"\n' })).toEqual([
      'flask 2.0.0 :4 direct',
      'jinja2 3.0.0 :5 ',
      'pytest 7.0 :7 direct dev',
    ]);
  });

  it('pyproject_without_a_lock_gives_its_pins', () => {
    const text =
      '[project]\nname = "x"\ndependencies = [\n  "flask==2.0.1",\n  "requests>=2",\n]\n[dependency-groups]\ntest = ["pytest==7.0"]\n';
    expect(said({ 'pyproject.toml': text })).toEqual(['flask 2.0.1 :4 direct', 'pytest 7.0 :8 direct dev', 'unresolved :5 requests>=2']);
    expect(said({ 'pyproject.toml': text, 'uv.lock': '' })).toEqual([]);
  });

  it('a_broken_lock_is_refused', () => {
    expect(said({ 'poetry.lock': '[[package]\nname' })).toEqual(['syntax_error: not TOML']);
  });
});
