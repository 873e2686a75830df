resource "aws_db_instance" "ledger" {
  identifier                          = "ledgerly-ledger"
  engine                              = "postgres"
  engine_version                      = "16.8"
  instance_class                      = "db.m6g.large"
  allocated_storage                   = 200
  username                            = "ledgerly"
  manage_master_user_password         = true
  db_subnet_group_name                = var.database_subnets
  vpc_security_group_ids              = [aws_security_group.ledger.id]
  publicly_accessible                 = true
  storage_encrypted                   = true
  kms_key_id                          = aws_kms_key.data.arn
  iam_database_authentication_enabled = true
  backup_retention_period             = 30
  deletion_protection                 = true
  multi_az                            = true
  auto_minor_version_upgrade          = true
  performance_insights_enabled        = true
  performance_insights_kms_key_id     = aws_kms_key.data.arn
  enabled_cloudwatch_logs_exports     = ["postgresql"]
  copy_tags_to_snapshot               = true
}

resource "aws_db_instance" "reporting" {
  identifier                          = "ledgerly-reporting"
  engine                              = "postgres"
  engine_version                      = "16.8"
  instance_class                      = "db.m6g.large"
  allocated_storage                   = 200
  username                            = "reporting"
  password                            = var.reporting_password
  db_subnet_group_name                = var.database_subnets
  vpc_security_group_ids              = [aws_security_group.database.id]
  publicly_accessible                 = false
  storage_encrypted                   = false
  iam_database_authentication_enabled = true
  backup_retention_period             = 30
  deletion_protection                 = true
  multi_az                            = true
  auto_minor_version_upgrade          = true
  enabled_cloudwatch_logs_exports     = ["postgresql"]
  copy_tags_to_snapshot               = true
}

resource "aws_iam_policy" "converter" {
  name = "ledgerly-converter"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}

resource "aws_iam_role_policy_attachment" "converter" {
  role       = var.converter_role
  policy_arn = aws_iam_policy.converter.arn
}

resource "aws_iam_policy" "pull" {
  name = "ledgerly-pull"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["ecr:GetAuthorizationToken"], Resource = "*" },
      { Effect = "Deny", Action = "*", Resource = "*", Condition = { Bool = { "aws:SecureTransport" = "false" } } },
      { Effect = "Allow", Action = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], Resource = aws_ecr_repository.api.arn },
    ]
  })
}
