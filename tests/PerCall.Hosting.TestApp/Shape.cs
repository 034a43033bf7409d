namespace PerCall.Hosting.TestApp;

public sealed record Shape(string Name, int Corners);
