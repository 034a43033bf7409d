namespace PerCall.Hosting;

/// <summary>
/// Creates a function app of the isolated-worker model that runs without a Functions host: the functions run in this process.
/// </summary>
public static class LocalFunctionsApplication
{
    /// <summary>
    /// Creates a builder. It reads host.json, local.settings.json, the environment and <paramref name="args"/>, in rising precedence.
    /// </summary>
    public static LocalFunctionsApplicationBuilder CreateBuilder(string[] args) => new(args);
}
