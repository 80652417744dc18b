resource "aws_s3_bucket" "bad" {
  # ruleid: tf-s3-public-acl
  acl = "public-read"
}
resource "aws_s3_bucket" "good" {
  # ok: tf-s3-public-acl
  acl = "private"
}
resource "aws_security_group" "bad" {
  ingress {
    from_port = 22
    to_port   = 22
    # ruleid: tf-ingress-from-everywhere
    cidr_blocks = ["10.0.0.0/8", "0.0.0.0/0"]
  }
  egress {
    # ok: tf-ingress-from-everywhere
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_security_group_rule" "bad" {
  type = "ingress"
  # ruleid: tf-ingress-from-everywhere
  cidr_blocks = ["0.0.0.0/0"]
}
resource "aws_security_group_rule" "good" {
  type = "egress"
  # ok: tf-ingress-from-everywhere
  cidr_blocks = ["0.0.0.0/0"]
}
resource "aws_db_instance" "bad" {
  # ruleid: tf-public-database
  publicly_accessible = true
  # ruleid: tf-storage-encryption-off
  storage_encrypted = false
  # ruleid: tf-literal-secret
  password = "hunter2hunter2"
  # ruleid: tf-deletion-protection-off
  deletion_protection = false
}
resource "aws_db_instance" "good" {
  # ok: tf-public-database
  publicly_accessible = false
  # ok: tf-storage-encryption-off
  storage_encrypted = true
  # ok: tf-literal-secret
  password = var.password
  # ok: tf-deletion-protection-off
  deletion_protection = true
}
resource "aws_instance" "bad" {
  metadata_options {
    # ruleid: tf-metadata-token-optional
    http_tokens = "optional"
  }
}
resource "aws_instance" "good" {
  metadata_options {
    # ok: tf-metadata-token-optional
    http_tokens = "required"
  }
}
resource "aws_lb_listener" "bad" {
  # ruleid: tf-plain-http
  protocol = "HTTP"
  default_action {
    type = "forward"
  }
}
resource "aws_lb_listener" "good" {
  # ok: tf-plain-http
  protocol = "HTTP"
  default_action {
    type = "redirect"
    redirect {
      protocol = "HTTPS"
    }
  }
}
resource "azurerm_storage_account" "bad" {
  # ruleid: tf-azure-https-optional
  https_traffic_only_enabled = false
}
resource "azurerm_storage_account" "good" {
  # ok: tf-azure-https-optional
  https_traffic_only_enabled = true
}
resource "google_storage_bucket_iam_member" "bad" {
  # ruleid: tf-gcp-everybody
  member = "allUsers"
}
resource "google_storage_bucket_iam_member" "good" {
  # ok: tf-gcp-everybody
  member = "user:alice@example.com"
}
resource "google_sql_database_instance" "bad" {
  settings {
    ip_configuration {
      authorized_networks {
        # ruleid: tf-gcp-database-from-everywhere
        value = "0.0.0.0/0"
      }
    }
  }
}
resource "google_sql_database_instance" "good" {
  settings {
    ip_configuration {
      authorized_networks {
        # ok: tf-gcp-database-from-everywhere
        value = "10.0.0.0/8"
      }
    }
  }
}
resource "aws_cloudtrail" "bad" {
  # ruleid: tf-log-validation-off
  enable_log_file_validation = false
}
resource "aws_cloudtrail" "good" {
  # ok: tf-log-validation-off
  enable_log_file_validation = true
}
