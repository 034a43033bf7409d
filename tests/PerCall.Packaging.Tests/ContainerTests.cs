using System.Text.RegularExpressions;
using PerCall.Testing;
using Xunit;
using YamlDotNet.Serialization;

namespace PerCall.Packaging.Tests;

/// <summary>No container engine is asked here: what can be read is, and infra/container/check.sh runs what the image would.</summary>
public sealed class ContainerTests
{
    private static readonly Dictionary<string, Dictionary<string, object>> Services = Parse();

    private static string Dockerfile => Read("Dockerfile");

    [Fact]
    public void Compose_EachService_HasNoRightsAndNoDiskOfItsOwn() => Assert.All(Services.Values, service =>
    {
        Assert.Equal("true", service["read_only"]);
        Assert.Equal(["ALL"], (List<object>)service["cap_drop"]);
        Assert.Equal(["no-new-privileges:true"], (List<object>)service["security_opt"]);
        Assert.StartsWith("/tmp", (string)((List<object>)service["tmpfs"])[0], StringComparison.Ordinal);
        Assert.False(service.ContainsKey("privileged"));
    });

    [Fact]
    public void Compose_OperatorsKey_IsTheEnvironmentsOrAFailure()
    {
        var environment = (Dictionary<object, object>)Services["percall"]["environment"];

        Assert.Matches(@"^\$\{PERCALL_ADMIN_KEY:\?.+\}$", (string)environment["PERCALL_ADMIN_KEY"]);
        Assert.DoesNotContain("AZURE_FUNCTIONS_ENVIRONMENT", environment.Keys);
    }

    [Fact]
    public void Compose_Ports_AreOfThisMachineAlone() =>
        Assert.All(
            Services.Values.Where(s => s.ContainsKey("ports")).SelectMany(s => (List<object>)s["ports"]), p =>
                Assert.StartsWith("127.0.0.1:", (string)p, StringComparison.Ordinal));

    [Fact]
    public void Compose_Azurite_IsTheOneOfTheTestsAndIsWaitedFor()
    {
        var version = Regex.Match(Read("tools", "azurite", "package.json"), "\"azurite\": \"([^\"]+)\"").Groups[1].Value;

        Assert.Equal($"mcr.microsoft.com/azure-storage/azurite:{version}", Services["azurite"]["image"]);
        Assert.True(Services["azurite"].ContainsKey("healthcheck"));
        var dependsOn = (Dictionary<object, object>)Services["percall"]["depends_on"];
        Assert.Equal("service_healthy", ((Dictionary<object, object>)dependsOn["azurite"])["condition"]);
    }

    /// <summary>So that what the end-to-end tests start, and infra/container/check.sh runs, is what the image holds.</summary>
    [Fact]
    public void Dockerfile_Publish_IsThatOfTheEndToEndTests()
    {
        var published = Read("tests", "PerCall.EndToEnd", "Published.targets");

        Assert.Equal(
            "dotnet publish src/PerCall.Functions -c Release -a $TARGETARCH -o /app",
            Regex.Match(Dockerfile, "^RUN (dotnet publish .*)$", RegexOptions.Multiline).Groups[1].Value);
        Assert.Contains("src/PerCall.Functions/PerCall.Functions.csproj</PublishedProject>", published, StringComparison.Ordinal);
        // -c Release, and -a with the system of the machine. Where the analyzers run makes no difference to what is compiled.
        Assert.Contains(
            "<PublishedProperties>Configuration=Release;RuntimeIdentifier=$(NETCoreSdkPortableRuntimeIdentifier);SelfContained=false;_IsPublishing=true;RunAnalyzers=false;ArtifactsPath=",
            published,
            StringComparison.Ordinal);
    }

    /// <summary>So that what azd deploys is what the end-to-end tests start, whatever machine deploys.</summary>
    [Fact]
    public void App_Publish_IsThatOfTheEndToEndTests()
    {
        var project = Read("infra", "app", "PerCall.App.csproj");
        var app = Properties(project, "ServiceProperties");
        var published = Properties(Read("tests", "PerCall.EndToEnd", "Published.targets"), "PublishedProperties");

        Assert.Equal("linux-x64", app["RuntimeIdentifier"]);
        Assert.Equal("$(Configuration)", app["Configuration"]);
        Assert.Contains("<Configuration Condition=\"'$(Configuration)' == ''\">Release</Configuration>", project, StringComparison.Ordinal);
        Assert.Equal(Common(published), Common(app));

        static Dictionary<string, string> Properties(string project, string property) =>
            Regex.Match(
                project, $"<{property}>(.+)</{property}>").Groups[1].Value.Split(';').Select(p =>
                    p.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);

        static IEnumerable<string> Common(Dictionary<string, string> properties) => properties
            .Where(p => p.Key is not ("Configuration" or "RuntimeIdentifier" or "ArtifactsPath"))
            .Select(p => $"{p.Key}={p.Value}").Order(StringComparer.Ordinal);
    }

    [Fact]
    public void Dockerfile_PortProbeAndGrace_AreThoseOfContainerApps()
    {
        var bicep = Read("infra", "modules", "containerapps.bicep");
        var port = Regex.Match(bicep, @"targetPort: (\d+)").Groups[1].Value;
        var ready = Regex.Match(bicep, @"type: 'Readiness'\s+httpGet: \{ path: '([^']+)'").Groups[1].Value;
        var grace = Regex.Match(bicep, @"terminationGracePeriodSeconds: (\d+)").Groups[1].Value;

        Assert.Contains($"ASPNETCORE_HTTP_PORTS={port}", Dockerfile, StringComparison.Ordinal);
        Assert.Contains($"EXPOSE {port}\n", Dockerfile, StringComparison.Ordinal);
        Assert.Contains($"\"--health\", \"http://localhost:{port}{ready}\"", Dockerfile, StringComparison.Ordinal);
        Assert.EndsWith($":{port}", (string)((List<object>)Services["percall"]["ports"])[0], StringComparison.Ordinal);
        Assert.Equal($"{grace}s", Services["percall"]["stop_grace_period"]);
    }

    [Fact]
    public void Dockerfile_FinalImage_IsChiselledAndNotRootsAndStartsWithoutAShell()
    {
        var final = Dockerfile[Dockerfile.LastIndexOf("FROM ", StringComparison.Ordinal)..];

        Assert.StartsWith("FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra\n", final, StringComparison.Ordinal);
        Assert.Contains("\nUSER $APP_UID\n", final, StringComparison.Ordinal);
        Assert.DoesNotContain("\nRUN ", final, StringComparison.Ordinal);
        Assert.All(Regex.Matches(final, "(ENTRYPOINT|CMD) (.)"), m => Assert.Equal("[", m.Groups[2].Value));
        Assert.Contains("HEALTHCHECK ", final, StringComparison.Ordinal);
    }

    [Fact]
    public void Dockerfile_WhatItCopies_IsThereAndLetThroughByDockerignore()
    {
        var allowed = Read(".dockerignore").Split('\n').Where(l => l.StartsWith('!')).Select(l => l[1..]).ToList();
        var copied = Regex.Matches(Dockerfile, @"^COPY (?!--from)(.+) \S+$", RegexOptions.Multiline).SelectMany(
            m => m.Groups[1].Value.Split(' ')).Select(p => p.TrimEnd('/')).ToList();

        Assert.NotEmpty(copied);
        Assert.All(
            copied, p => Assert.True(Path.Exists(Path.Combine(Repository.Root, p)), $"The Dockerfile copies {p}, which is not there."));
        Assert.All(
            copied, p =>
                Assert.True(allowed.Any(a => p == a || p.StartsWith($"{a}/", StringComparison.Ordinal)), $".dockerignore keeps {p} back."));
    }

    [Fact]
    public void Dockerfile_Restore_HasEachProjectOfTheService()
    {
        var projects = new HashSet<string>();
        Collect(Path.Combine(Repository.Root, "src", "PerCall.Functions", "PerCall.Functions.csproj"));

        Assert.All(projects, p => Assert.Contains($"COPY {p}", Dockerfile, StringComparison.Ordinal));

        void Collect(string project)
        {
            if (projects.Add(Path.GetRelativePath(Repository.Root, project).Replace('\\', '/')))
            {
                foreach (Match reference in Regex.Matches(File.ReadAllText(project), "<ProjectReference Include=\"([^\"$]+)\""))
                {
                    Collect(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(project)!, reference.Groups[1].Value)));
                }
            }
        }
    }

    private static string Read(params string[] path) => File.ReadAllText(Path.Combine([Repository.Root, .. path]));

    private static Dictionary<string, Dictionary<string, object>> Parse() =>
        ((Dictionary<object, object>)new DeserializerBuilder().WithDuplicateKeyChecking().Build().Deserialize<Dictionary<string, object>>(Read("compose.yaml"))["services"])
            .ToDictionary(s => (string)s.Key, s => ((Dictionary<object, object>)s.Value).ToDictionary(p => (string)p.Key, p => p.Value));
}
