resource "aws_lambda_function" "resize" {
  function_name = "resize"
  role          = aws_iam_role.shop.arn
  runtime       = "python3.12"
  handler       = "resize.main"
  filename      = "${path.module}/resize.zip"
  environment {
    variables = {
      API_KEY = "not-a-real-key"
      "LANG"  = "de_DE.UTF-8"
    }
  }
}
