import { describe, expect, it } from 'vitest';
import { analyzeFiles } from './analyze-files.spec-support.ts';

async function found(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { findings, coverage } = await analyzeFiles(files);
  expect(coverage).toEqual([]);
  return findings.map(({ ruleId, location }) => `${ruleId} ${location.path}:${String(location.startLine)}`);
}

describe('Java', () => {
  const servlet = (body: string): string => `package app;
import javax.servlet.http.*;
import app.store.UserStore;
public class Find extends HttpServlet {
  private UserStore store;
  public void doGet(HttpServletRequest request, HttpServletResponse response) throws Exception {
    ${body}
  }
}
`;
  const store = `package app.store;
import java.sql.*;
public class UserStore {
  private Connection connection;
  public ResultSet find(String name) throws SQLException {
    return connection.createStatement().executeQuery("SELECT * FROM users WHERE name = '" + name + "'");
  }
}
`;

  it('data_is_followed_into_a_class_of_another_file_that_is_only_declared', async () => {
    const files = {
      'src/main/java/app/Find.java': servlet('store.find(request.getParameter("n"));'),
      'src/main/java/app/store/UserStore.java': store,
    };
    expect(await found(files)).toEqual(['java/sql-injection src/main/java/app/store/UserStore.java:6']);
  });

  it('an_interface_stands_for_the_classes_that_implement_it', async () => {
    const finder = 'package app.store;\npublic interface Finder { Object find(String name) throws Exception; }\n';
    const files = {
      'app/Find.java': servlet('finder.find(request.getParameter("n"));').replace(
        'private UserStore store',
        'private app.store.Finder finder',
      ),
      'app/store/Finder.java': finder,
      'app/store/UserStore.java': store.replace('class UserStore', 'class UserStore implements Finder'),
    };
    expect(await found(files)).toEqual(['java/sql-injection app/store/UserStore.java:6']);
  });

  it.each([
    ['a lambda', 'java.util.function.Function<String, String> f = s -> s.trim(); Runtime.getRuntime().exec(f.apply(n));', false],
    ['a stream', 'for (String s : java.util.List.of(n).stream().map(s -> "x" + s).toList()) Runtime.getRuntime().exec(s);', true],
    ['a switch that yields', 'String s = switch (n) { case "a" -> "b"; default -> n; }; Runtime.getRuntime().exec(s);', true],
    ['a switch of constants', 'String s = switch (n) { case "a" -> "b"; default -> "c"; }; Runtime.getRuntime().exec(s);', false],
    ['a test for equality', 'if (n.equals("ls")) Runtime.getRuntime().exec("ls"); else return;', false],
    ['a nested class', 'class Box { String held; Box(String s) { held = s; } } Runtime.getRuntime().exec(new Box(n).held);', true],
    ['a list by position', 'var l = new java.util.ArrayList<String>(); l.add("a"); l.add(n); Runtime.getRuntime().exec(l.get(0));', false],
    [
      'a list in a loop',
      'var l = new java.util.ArrayList<String>(); for (int i = 0; i < 3; i++) l.add(n); Runtime.getRuntime().exec(l.get(0));',
      true,
    ],
    [
      'a list that another may change',
      'var l = new java.util.ArrayList<String>(); keep(l); l.add(n); Runtime.getRuntime().exec(l.get(0));',
      true,
    ],
    [
      'a key that is written over',
      'var m = new java.util.HashMap<String, String>(); m.put("k", n); m.put("k", "a"); Runtime.getRuntime().exec(m.get("k"));',
      false,
    ],
  ])('%s_is_followed', async (_name, body, isFlaw) => {
    const text = servlet(`String n = request.getParameter("n"); ${body}`).replace(
      'private UserStore store;',
      'static java.util.List<String> kept; void keep(java.util.List<String> l) { kept = l; }',
    );
    expect((await found({ 'app/Find.java': text })).some((item) => item.startsWith('java/command-injection'))).toBe(isFlaw);
  });
});

describe('Python', () => {
  it('data_is_followed_through_modules_classes_and_arguments_by_name', async () => {
    const files = {
      'app/views.py':
        "from flask import Flask, request\nfrom .store import Store\napp = Flask(__name__)\n\n@app.route('/x')\ndef view():\n    return Store(prefix='a').find(limit=1, name=request.args['n'])\n",
      'app/store.py':
        'import sqlite3\n\nclass Base:\n    def run(self, sql):\n        return sqlite3.connect("x").execute(sql)\n\nclass Store(Base):\n    def __init__(self, prefix):\n        self.prefix = prefix\n\n    def find(self, name, limit):\n        return self.run(f"SELECT * FROM {self.prefix} WHERE name = {name}")\n',
    };
    expect(await found(files)).toEqual(['python/sql-injection app/store.py:5']);
  });

  it('a_value_of_a_fixed_table_ends_the_flow', async () => {
    const body =
      "import os\nfrom flask import request\n\n@app.route('/x')\ndef view():\n    table = {'a': 'ls', 'b': 'id'}\n    os.system(table.get(request.args['n'], 'ls'))\n";
    expect(await found({ 'app.py': body })).toEqual([]);
  });
});

describe('Go', () => {
  it('data_is_followed_into_a_method_of_another_package_of_the_module', async () => {
    const files = {
      'cmd/web/main.go':
        'package main\n\nimport (\n\t"net/http"\n\t"example.com/app/internal/store"\n)\n\nfunc view(w http.ResponseWriter, r *http.Request) {\n\ts := store.New()\n\ts.Find(r.FormValue("n"))\n}\n',
      'internal/store/store.go': 'package store\n\ntype Store struct{ db *sql.DB }\n\nfunc New() *Store { return &Store{} }\n',
      'internal/store/find.go':
        'package store\n\nimport "database/sql"\n\nfunc (s *Store) Find(n string) {\n\tdb, _ := sql.Open("pgx", "")\n\tdb.Query("SELECT " + n)\n}\n',
    };
    expect(await found(files)).toEqual(['go/sql-injection internal/store/find.go:7']);
  });

  it('a_number_ends_the_flow', async () => {
    const text =
      'package main\n\nimport (\n\t"fmt"\n\t"net/http"\n\t"os/exec"\n\t"strconv"\n)\n\nfunc view(w http.ResponseWriter, r *http.Request) {\n\tn, _ := strconv.Atoi(r.FormValue("n"))\n\texec.Command("sh", "-c", fmt.Sprintf("head -n %d", n)).Run()\n}\n';
    expect(await found({ 'main.go': text })).toEqual([]);
  });
});
