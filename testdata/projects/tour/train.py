"""Looks for the x with the least loss (x - 3)², by steps down the slope."""

lr = 0.1
epochs = 3
start = 0.0

x = start
for epoch in range(epochs):
    x -= lr * 2 * (x - 3)
    print(f"step: {epoch + 1}")
    print(f"loss: {(x - 3) ** 2:.4f}")

with open("model.txt", "w") as model:
    print(round(x, 4), file=model)
