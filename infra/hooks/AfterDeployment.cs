namespace PerCall.Hooks;

/// <summary>
/// Waits for the first start, subscribes the function to uploads, and prints the address and where the operator's key is.
/// </summary>
/// <param name="az">The Azure CLI; null: it is not installed.</param>
/// <param name="values">The outputs of the deployment.</param>
/// <param name="pause">Between two tries.</param>
/// <param name="time">For the pauses.</param>
internal sealed class AfterDeployment(Tool? az, DeploymentValues values, TimeSpan pause, TimeProvider time)
{
    /// <summary>A first start waits for role assignments, which take minutes in Azure.</summary>
    private const int TriesToAnswer = 40;

    /// <summary>The host creates its webhook's key at its first start, and the validation request may itself have to start it.</summary>
    private const int TriesToSubscribe = 8;

    private static readonly string[] Required =
    [
        "AZURE_SUBSCRIPTION_ID", "AZURE_RESOURCE_GROUP", "PERCALL_ADDRESS", "PERCALL_APP", "PERCALL_STORAGE", "PERCALL_VAULT",
        "PERCALL_VAULT_ENTRY",
    ];

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        var absent = Required.Where(name => values[name] is null).ToList();
        if (absent.Count > 0)
        {
            return await Fault.ReportAsync($"These values of the deployment are not set: {string.Join(", ", absent)}.");
        }

        if (await WaitAsync() is { } silence)
        {
            return await Fault.ReportAsync(silence);
        }

        // On Container Apps the template makes the subscription, because a queue receives its events.
        if (values["PERCALL_TOPIC"] is { } topic && await SubscribeAsync(topic) is { } fault)
        {
            return await Fault.ReportAsync(fault);
        }

        await Console.Out.WriteLineAsync($"\nPerCall: {values["PERCALL_ADDRESS"]}");
        await Console.Out.WriteLineAsync(
            $"The operator key is the secret {values["PERCALL_VAULT_ENTRY"]} in the key vault {values["PERCALL_VAULT"]}.");
        return 0;
    }

    private async Task<string?> WaitAsync()
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        var ready = new Uri(new Uri(values["PERCALL_ADDRESS"]!), "/health/ready");
        var answer = "no answer";
        for (var left = TriesToAnswer; left > 0; left--)
        {
            try
            {
                using var response = await client.GetAsync(ready);
                if (response.IsSuccessStatusCode)
                {
                    return null;
                }

                answer = $"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}";
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                answer = e.Message;
            }

            await Task.Delay(pause, time);
        }

        return $"{ready} did not answer 200. The last answer: {answer}. "
            + "The workspace has the cause, in AppExceptions and AppTraces.";
    }

    private async Task<string?> SubscribeAsync(string topic)
    {
        if (az is null)
        {
            return "The Azure CLI (az) is not installed, so uploads are not subscribed to. Install it, then run: azd hooks run postdeploy";
        }

        var errors = "";
        for (var left = TriesToSubscribe; left > 0; left--)
        {
            // The template reads the key for the validation in Azure.
            var answer = await az.RunAsync(
                "deployment", "group", "create", "--subscription", values.Subscription!, "--resource-group", values.ResourceGroup!,
                "--name", "inbox-events", "--template-file", Template(), "--output", "none",
                "--parameters", $"appName={values["PERCALL_APP"]}", $"topicName={topic}", $"storageName={values["PERCALL_STORAGE"]}");
            if (answer.Succeeded)
            {
                return null;
            }

            errors = answer.Errors;
            await Task.Delay(pause, time);
        }

        return $"Failed to subscribe to uploads: {errors}\nThe service still finds them with its sweep. To retry: azd hooks run postdeploy";
    }

    private static string Template()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var template = Path.Combine(folder.FullName, "infra", "inbox-events.bicep");
            if (File.Exists(template))
            {
                return template;
            }
        }

        throw new FileNotFoundException($"No folder above {AppContext.BaseDirectory} has infra/inbox-events.bicep.");
    }
}
