variable "vpc_id" {
  type = string
}

variable "vpc_cidr" {
  type    = string
  default = "10.40.0.0/16"
}

variable "public_subnets" {
  type = list(string)
}

variable "private_subnet" {
  type = string
}

variable "database_subnets" {
  type = string
}

variable "certificate_arn" {
  type = string
}

variable "api_target_group" {
  type = string
}

variable "partner_target_group" {
  type = string
}

variable "converter_ami" {
  type = string
}

variable "converter_role" {
  type = string
}

variable "partner_cidr" {
  type    = string
  default = "203.0.113.0/24"
}

variable "converter_profile" {
  type = string
}

variable "indexer_ami" {
  type = string
}

variable "indexer_profile" {
  type = string
}

variable "access_log_bucket" {
  type = string
}

variable "trail_bucket" {
  type = string
}

variable "reporting_password" {
  type      = string
  sensitive = true
}
