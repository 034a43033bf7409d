using System.Text.RegularExpressions;
using PerCall.Inference.Packages;
using PerCall.Testing;
using Xunit;

namespace PerCall.Inference.Tests.Tasks;

public sealed class ModelTasksTests
{
    [Fact]
    public void All_EveryTask_HasOneDefinition() => Assert.Equal(Enum.GetValues<ModelTask>(), ModelTasks.All.Select(d => d.Task));

    [Fact]
    public void Sections_OfEveryTask_AreMembersOfTheManifest()
    {
        var members = ManifestJson.Default.ModelManifest.Properties.Select(p => p.Name).ToHashSet();
        var sections = ModelTasks.Inputs.Concat(ModelTasks.Outputs).Select(s => s.Name).ToList();

        Assert.Subset(members, sections.ToHashSet());
        Assert.Equal(sections.Distinct(), sections);
    }

    [Fact]
    public void Source_NamesATask_OnlyWhereTheTaskIs()
    {
        var source = Path.Combine(Repository.Root, "src");
        var uses = from file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
                   from Match use in Regex.Matches(File.ReadAllText(file), @"\bModelTask\.([A-Z]\w+)")
                   where Folder(source, file) != "PerCall.Functions/HuggingFace"
                   group Folder(source, file) by use.Groups[1].Value;
        var folders = uses.ToDictionary(u => u.Key, u => u.Distinct().Order(StringComparer.Ordinal).ToArray());

        // A switch on the task elsewhere would have to be found and extended for each new one. A dialect names the tasks of another API.
        Assert.Equal(Enum.GetNames<ModelTask>().Order(), folders.Keys.Order());
        Assert.All(folders, f => Assert.Equal(2, f.Value.Length));
        Assert.All(folders, f => Assert.Equal(["PerCall.Functions", "PerCall.Inference"], f.Value.Select(p => p.Split('/')[0])));
    }

    /// <summary>Project and slice.</summary>
    private static string Folder(string source, string file) =>
        string.Join('/', Path.GetRelativePath(source, file).Replace('\\', '/').Split('/').Take(2));
}
