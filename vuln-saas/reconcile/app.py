import os
import pickle
import secrets
import sqlite3
import subprocess

import requests
import yaml
from flask import Flask, abort, make_response, redirect, request
from markupsafe import escape
from werkzeug.utils import secure_filename

app = Flask(__name__)
INBOX = '/srv/inbox'
SORTS = {'date': 'booked_on', 'amount': 'amount_cents'}


def database():
    return sqlite3.connect('/srv/reconcile.db')


@app.route('/matches')
def matches():
    partner = request.args.get('partner', '')
    rows = database().execute("SELECT * FROM entry WHERE partner = '%s'" % partner)
    return {'rows': rows.fetchall()}


@app.route('/entries')
def entries():
    column = SORTS.get(request.args.get('sort'), 'id')
    rows = database().execute('SELECT * FROM entry WHERE partner = ? ORDER BY ' + column, (request.args['partner'],))
    return {'rows': rows.fetchall()}


@app.route('/files')
def read_file():
    name = request.args['name']
    with open(os.path.join(INBOX, name), 'rb') as file:
        return file.read()


@app.route('/uploads')
def read_upload():
    name = secure_filename(request.args['name'])
    with open(os.path.join(INBOX, name), 'rb') as file:
        return file.read()


@app.post('/convert')
def convert():
    subprocess.run(f"camt2csv {request.form['file']} > /tmp/out.csv", shell=True)
    return ''


@app.post('/convert/<int:number>')
def convert_number(number):
    subprocess.run(f'camt2csv {number}.xml > /tmp/out.csv', shell=True)
    return ''


@app.post('/restore')
def restore():
    return str(pickle.loads(request.data))


@app.post('/rules')
def rules():
    return str(yaml.safe_load(request.data))


@app.route('/fetch')
def fetch():
    return requests.get(request.args['source'], timeout=5).text


@app.route('/greet')
def greet():
    return make_response('<h1>Hello ' + request.args['name'] + '</h1>')


@app.route('/greeting')
def greeting():
    return make_response(f"<h1>Hello {escape(request.args['name'])}</h1>")


@app.route('/back')
def back():
    target = request.args['target']
    if target not in ('/', '/entries'):
        abort(400)
    return redirect(target)


def issue_token():
    token = secrets.token_urlsafe(32)
    return token
