from hubmill import main

main()
