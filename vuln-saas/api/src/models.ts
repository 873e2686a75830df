import { DataTypes, Sequelize } from 'sequelize';
import { requiredEnv } from './settings.js';

const sequelize = new Sequelize(requiredEnv('DATABASE_URL'), { logging: false });

export const User = sequelize.define(
  'user',
  {
    id: { type: DataTypes.UUID, primaryKey: true },
    tenantId: { type: DataTypes.UUID, field: 'tenant_id' },
    email: DataTypes.STRING,
    displayName: { type: DataTypes.STRING, field: 'display_name' },
    locale: DataTypes.STRING,
    role: DataTypes.STRING,
  },
  { tableName: 'users', timestamps: false },
);
