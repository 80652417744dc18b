resource "aws_lb" "shop" {
  name     = "shop"
  internal = false
  subnets  = values(aws_subnet.shop)[*].id
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.shop.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.shop.arn
  }
}

resource "aws_lb_target_group" "shop" {
  port     = 8080
  protocol = "HTTP"
  vpc_id   = aws_vpc.shop.id
}
