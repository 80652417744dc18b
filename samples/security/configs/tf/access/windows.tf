resource "aws_iam_user" "windows" {
  name = "written with CRLF"
}
