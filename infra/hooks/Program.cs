using PerCall.Hooks;

// What azure.yaml and the workflow run before and after a deployment: the same program on Windows, macOS and Linux. The SDK is needed for
// the package anyway.
switch (args)
{
    case ["preprovision"]:
        return await new Preflight(Tool.Find("az"), DeploymentValues.FromEnvironment()).RunAsync();
    case ["postdeploy", .. var rest] when Pause(rest) is { } pause:
        return await new AfterDeployment(Tool.Find("az"), DeploymentValues.FromEnvironment(), pause, TimeProvider.System).RunAsync();
    case ["smoke", .. var rest] when Pause(rest) is { } pause:
        return await new SmokeCall(DeploymentValues.FromEnvironment(), pause, TimeProvider.System).RunAsync();
    default:
        await Console.Error.WriteLineAsync(
            "Usage: dotnet run --project infra/hooks -- preprovision | postdeploy [seconds between tries] | smoke [seconds between tries]");
        return 2;
}

static TimeSpan? Pause(string[] rest) => rest switch
{
    [] => TimeSpan.FromSeconds(15),
    [var seconds] when double.TryParse(seconds, out var parsed) && parsed is >= 0 and <= 600 => TimeSpan.FromSeconds(parsed),
    _ => null,
};
