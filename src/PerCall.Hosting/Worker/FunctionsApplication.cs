namespace Microsoft.Azure.Functions.Worker.Builder;

/// <summary>Where a function app begins.</summary>
public static class FunctionsApplication
{
    /// <summary>Reads host.json, local.settings.json, the environment and <paramref name="args"/>, in rising precedence.</summary>
    public static FunctionsApplicationBuilder CreateBuilder(string[] args) => new(args);
}
