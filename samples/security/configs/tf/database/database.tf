resource "aws_db_instance" "shop" {
  identifier          = "shop"
  engine              = "postgres"
  instance_class      = "db.t3.micro"
  allocated_storage   = 20
  username            = "shop"
  password            = "not-a-real-password"
  publicly_accessible = true
  storage_encrypted   = false
  skip_final_snapshot = true
}
