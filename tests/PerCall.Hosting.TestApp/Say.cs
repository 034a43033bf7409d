namespace PerCall.Hosting.TestApp;

/// <summary>What the tests wait for: lines on the output that logs do not begin with.</summary>
internal static class Say
{
    public static void Line(string text) => Console.WriteLine($"@{text}");
}
