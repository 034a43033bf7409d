using System.Globalization;
using PerCall.Hosting.Development;
using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Development;

/// <summary>A folder that looks like a fresh clone, on storage ports of its own.</summary>
internal sealed class DevelopersRepository : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ReservedPorts _ports = new();

    /// <param name="installed">With Azurite installed, by a link to what is installed in the real repository.</param>
    public DevelopersRepository(bool installed = true)
    {
        Directory.CreateDirectory(System.IO.Path.Combine(Path, ".git"));
        Directory.CreateDirectory(Commands);
        var tools = Directory.CreateDirectory(System.IO.Path.Combine(Path, "tools", "azurite")).FullName;
        var real = System.IO.Path.Combine(Repository.Root, "tools", "azurite");
        foreach (var file in (string[])["package.json", "package-lock.json", "with-parent.cjs"])
        {
            File.Copy(System.IO.Path.Combine(real, file), System.IO.Path.Combine(tools, file));
        }

        if (installed)
        {
            Directory.CreateSymbolicLink(System.IO.Path.Combine(tools, "node_modules"), System.IO.Path.Combine(real, "node_modules"));
        }
    }

    public string Path => _folder.Path;

    public int BlobPort => _ports.First;

    /// <summary>A folder for a PATH of the test's own.</summary>
    public string Commands => System.IO.Path.Combine(Path, "commands");

    public TestApp App()
    {
        var app = new TestApp("UseDevelopmentStorage=true");
        app["AzureWebJobsStorage"] = null;
        app["OtherStorage"] = AzuritePorts.From(BlobPort).ConnectionString;
        app["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development";
        app["ASPNETCORE_CONTENTROOT"] = Path;
        app["PerCall__Hosting__DevelopmentStoragePort"] = BlobPort.ToString(CultureInfo.InvariantCulture);
        return app;
    }

    /// <summary>The one sentence that the service does not start with.</summary>
    public static async Task<string> FailAsync(TestApp app, params (string, string?)[] settings)
    {
        var service = app.Launch(settings);
        Assert.Equal(1, await service.WaitForExitAsync());
        Assert.DoesNotContain(service.Lines, l => l.Contains("   at ", StringComparison.Ordinal));
        return Assert.Single(service.Lines, l => l.StartsWith("error: ", StringComparison.Ordinal));
    }

    /// <summary>Puts a shell script in the place of a command.</summary>
    public void AddCommand(string name, string script)
    {
        var path = System.IO.Path.Combine(Commands, name);
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public void Dispose()
    {
        _ports.Dispose();
        _folder.Dispose();
    }
}
