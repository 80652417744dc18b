output "bucket" {
  value = aws_s3_bucket.public.id
}

output "addresses" {
  value     = aws_instance.web[*].private_ip
  sensitive = true
}
